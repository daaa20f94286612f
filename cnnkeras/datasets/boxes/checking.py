"""Holds boxes against their pictures: those without area, those that reach outside, classes that there are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cnnkeras.datasets.boxes.annotations import Annotated, Box
from cnnkeras.datasets.boxes.formats import to_corners
from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.policy import Picture
from cnnkeras.datasets.pictures.sizes import picture_size
from cnnkeras.datasets.pictures.splitting import NO_CLASS, strata
from cnnkeras.datasets.source import SourceProblem
from cnnkeras.errors import first_of

if TYPE_CHECKING:
    import numpy as np

# So many classes are named.
MOST_NAMED = 10
# So many pixels outside are a matter of rounding: shares of a side are written with a few digits.
ROUNDED = 0.5


@dataclass(frozen=True)
class Boxed(Picture):
    """A picture with boxes that can be used.

    `boxes` float32 `(n, 4)` are left, top, right, bottom in the picture's pixels, `classes` int64 `(n,)`, `crowd`
    int64 `(n,)` 0 or 1. `label` is for the split: the rarest of the classes, NO_CLASS without boxes.
    """

    boxes: np.ndarray = field(kw_only=True, compare=False)
    classes: np.ndarray = field(kw_only=True, compare=False)
    crowd: np.ndarray = field(kw_only=True, compare=False)


def check_boxes(
    pictures: Sequence[Annotated],
    class_names: Sequence[str],
    box_format: str,
    findings: Findings,
    size: tuple[int, int] | None = None,
) -> list[Boxed]:
    """Give the pictures that can be used, with the boxes that can be used, in pixels.

    `size`, width and height, is that of all pictures where they are no files. Raises SourceProblem where not a single
    box is of these classes: then the classes are wrong, and not the boxes.
    """
    numbers = {name: number for number, name in enumerate(class_names)}
    _refuse_other_classes(pictures, class_names)
    checked = [
        _checked(picture, size or picture_size(picture.file), numbers, box_format, findings) for picture in pictures
    ]
    kept = [picture for picture in checked if picture is not None]
    labels = strata([picture.classes.tolist() for picture in kept])
    return [replace(picture, label=label) for picture, label in zip(kept, labels, strict=True)]


def _refuse_other_classes(pictures: Sequence[Annotated], class_names: Sequence[str]) -> None:
    found = Counter(box.label for picture in pictures for box in picture.boxes)
    if found and not found.keys() & set(class_names):
        there = first_of([f'"{name}" ({count:,})' for name, count in found.most_common()], MOST_NAMED)
        wanted = first_of([f'"{name}"' for name in class_names], MOST_NAMED)
        message = f"no box is of the classes {wanted}; the boxes are of {there}"
        raise SourceProblem(("classes",), message, 'name these in "classes", or leave "classes" out')


def _checked(
    picture: Annotated, size: tuple[int, int] | None, numbers: Mapping[str, int], box_format: str, findings: Findings
) -> Boxed | None:
    import numpy as np

    given = np.asarray([box.numbers for box in picture.boxes], np.float64).reshape(-1, 4)
    corners = to_corners(given, box_format, size)
    policies = []
    if size is not None and picture.size not in (None, size):
        annotated = picture.size or size
        detail = f"is {size[0]}×{size[1]}, and annotated at {annotated[0]}×{annotated[1]}"
        policies.append(findings.add("annotation_size", picture.shown, detail))
        if policies[-1] == "repair":
            corners *= np.asarray([size[0] / annotated[0], size[1] / annotated[1]] * 2)
    left_out = np.zeros(len(corners), bool)
    for index, code, detail in _wrong(picture.boxes, corners, numbers, size):
        policies.append(findings.add(code, picture.shown, detail))
        left_out[index] |= code != "outside_box"
    if "skip" in policies:
        return None
    if size is not None:
        corners = corners.clip(0, [*size, *size])
    kept = ~left_out & (corners[:, 2] > corners[:, 0]) & (corners[:, 3] > corners[:, 1])
    classes = np.asarray([numbers.get(box.label, NO_CLASS) for box in picture.boxes], np.int64)
    crowd = np.asarray([box.is_crowd for box in picture.boxes], np.int64)
    return Boxed(
        picture.file,
        picture.name,
        NO_CLASS,
        picture.origin,
        boxes=corners[kept].astype(np.float32),
        classes=classes[kept],
        crowd=crowd[kept],
    )


def _wrong(
    boxes: Sequence[Box], corners: np.ndarray, numbers: Mapping[str, int], size: tuple[int, int] | None
) -> Iterator[tuple[int, str, str]]:
    """Give for each fault the box's place, the code, and the words."""
    for index, (box, (left, top, right, bottom)) in enumerate(zip(boxes, corners.tolist(), strict=True)):
        what = f"box {index + 1} ({box.label})"
        if box.label not in numbers:
            yield index, "unknown_class", f'has a box of the class "{box.label}", which there is not'
        elif right <= left or bottom <= top:
            size_of = f"is {_side(right - left)}×{_side(bottom - top)} pixels"
            swapped = f"{_place(left, top, right, bottom)} ends before it begins"
            yield index, "zero_area_box", f"{what} {swapped if right < left or bottom < top else size_of}"
        elif size is not None:
            beyond = max(-left, -top, right - size[0], bottom - size[1])
            if beyond > ROUNDED:
                place = _place(left, top, right, bottom)
                yield index, "outside_box", f"{what} {place} reaches outside {size[0]}×{size[1]}"


def _place(*corners: float) -> str:
    return f"[{', '.join(map(_side, corners))}]"


def _side(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
