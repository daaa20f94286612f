"""The labels of pictures in arrays: classes, masks or boxes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnkeras.datasets.boxes.annotations import Annotated, Box
from cnnkeras.datasets.boxes.checking import check_boxes
from cnnkeras.datasets.boxes.parts import BOXES
from cnnkeras.datasets.masks.values import COLOUR, GREY, UNKNOWN, is_coloured, meaning_of, shown
from cnnkeras.datasets.pictures.arrays import MOST_CLASSES, class_labels, element
from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.splitting import NO_CLASS
from cnnkeras.spec.data import VOID

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf


@dataclass(frozen=True)
class ArrayLabels:
    """The labels of a part's pictures.

    Args:
        classes: the classes in each picture that can be used, by its place.
        dataset: a tf.data.Dataset of what stands beside `image`, for pictures at these places.

    """

    classes: Mapping[int, Sequence[int]]
    dataset: Callable[[Sequence[int]], tf.data.Dataset]


def labels_of_classes(
    given: Mapping[str, np.ndarray], class_names: Sequence[str] | None, all_trained: bool = True
) -> tuple[dict[str, ArrayLabels], tuple[str, ...]]:
    """Give the classes of pictures and their names; `class_names` orders words, and names numbers.

    Raises ValueError for what is no class, and for numbers that begin above 0 where `all_trained` classes must be.
    """
    import numpy as np

    found = class_labels(list(given.values()))
    names = tuple(class_names or found)
    are_words = all(labels.dtype.kind == "U" for labels in given.values())
    numbers = {word: number for number, word in enumerate(names if are_words else found)}
    strange = sorted(set(found) - numbers.keys()) if are_words else list(found[len(names) :])
    lowest = 0 if are_words else min(int(labels.min()) for labels in given.values() if labels.size)
    if lowest and (strange or (class_names is None and all_trained)):
        raise ValueError(f"go from {lowest:,} to {int(found[-1]):,}, and the first class is 0")
    if strange:
        raise ValueError(f'have "{strange[-1]}", and "classes" has no such class')

    def part(labels: np.ndarray) -> ArrayLabels:
        coded = np.asarray([numbers[str(label)] for label in labels], np.int64)
        classes = {place: (label,) for place, label in enumerate(coded.tolist())}
        return ArrayLabels(classes, lambda places: _slices({"label": coded[list(places)]}))

    return {name: part(labels) for name, labels in given.items()}, names


def labels_of_masks(
    given: Mapping[str, np.ndarray],
    pictures: Mapping[str, str],
    classes: Any,
    void: Any,
    num_classes: int | None,
    findings: Findings,
) -> tuple[dict[str, ArrayLabels], tuple[str, ...]]:
    """Give masks as classes, uint8, and the classes' names. Raises SourceProblem where what they mean is open.

    `pictures` are the names of the pictures' arrays, by part.
    """
    import numpy as np

    coloured = is_coloured(classes)
    codes = {part: _codes(masks, coloured) for part, masks in given.items()}
    found = [np.unique(mask).tolist() for masks in codes.values() for mask in masks]
    meaning = meaning_of(classes, void, num_classes, found)
    known = np.asarray(sorted(meaning.classes))
    numbers = np.asarray([meaning.classes[code] for code in known.tolist()], np.uint8)
    unknown = VOID if findings.wanted("mask_value") == "repair" else UNKNOWN

    def part(name: str, masks: np.ndarray) -> ArrayLabels:
        labels = np.empty(masks.shape, np.uint8)
        usable = {}
        for place, mask in enumerate(masks):
            nearest = np.minimum(np.searchsorted(known, mask), len(known) - 1)
            right = known[nearest] == mask
            labels[place] = np.where(right, numbers[nearest], unknown)
            if right.all() or _value(element(pictures[name], place), mask[~right], findings) != "skip":
                usable[place] = sorted(set(np.unique(labels[place]).tolist()) - {VOID, UNKNOWN})
        return ArrayLabels(usable, lambda places: _slices({"label": labels[list(places)]}))

    return {name: part(name, masks) for name, masks in codes.items()}, meaning.names


def _value(name: str, wrong: np.ndarray, findings: Findings) -> str:
    values = ", ".join(map(shown, sorted(set(wrong.tolist()))[:4]))
    pixels = "1 pixel" if wrong.size == 1 else f"{wrong.size:,} pixels"
    return findings.add("mask_value", name, f"has {pixels} of no class: {values}")


def _codes(masks: np.ndarray, coloured: bool) -> np.ndarray:
    """Give the codes of masks `(count, height, width)`, or `(count, height, width, 3)` of colours."""
    import numpy as np

    masks = masks.astype(np.int32)
    if masks.ndim == 3 or masks.shape[3] == 1:
        numbers = masks.reshape(masks.shape[:3])
        return COLOUR + numbers * GREY if coloured else numbers
    codes: np.ndarray = COLOUR + (masks * np.asarray([65536, 256, 1], np.int32)).sum(axis=-1, dtype=np.int32)
    grey = (masks == masks[..., :1]).all(axis=-1)
    return codes if coloured else np.where(grey, masks[..., 0], codes)


def labels_of_boxes(
    given: Mapping[str, tuple[np.ndarray, np.ndarray]],
    size: Mapping[str, tuple[int, int]],
    pictures: Mapping[str, str],
    class_names: Sequence[str] | None,
    box_format: str,
    findings: Findings,
) -> tuple[dict[str, ArrayLabels], tuple[str, ...]]:
    """Give boxes in pixels, and the classes' names.

    `given` has boxes `(count, most, 4)` and classes `(count, most)` for each part, -1 where there is no box; `size` the
    pictures' width and height, `pictures` the names of their arrays. Raises ValueError for what is no class.
    """
    import numpy as np

    largest = max((int(classes.max(initial=NO_CLASS)) for _, classes in given.values()), default=NO_CLASS)
    if largest >= MOST_CLASSES:
        raise ValueError(f"go to {largest:,}")
    smallest = min((int(classes.min(initial=NO_CLASS)) for _, classes in given.values()), default=NO_CLASS)
    if smallest < NO_CLASS:
        raise ValueError(f"go down to {smallest:,}")
    if largest == NO_CLASS and not class_names:
        raise ValueError("are of no box in any picture")
    names = tuple(class_names or map(str, range(largest + 1)))

    def part(name: str, boxes: np.ndarray, classes: np.ndarray) -> ArrayLabels:
        annotated = [
            Annotated("", element(pictures[name], place), NO_CLASS, boxes=_boxes(*each, names))
            for place, each in enumerate(zip(boxes, classes, strict=True))
        ]
        places = {each.name: place for place, each in enumerate(annotated)}
        checked = check_boxes(annotated, names, box_format, findings, size[name])
        usable = {places[each.name]: each for each in checked}
        found = {place: each.classes.tolist() for place, each in usable.items()}
        return ArrayLabels(found, lambda places: BOXES.given([usable[place] for place in places]))

    made = {name: part(name, boxes.astype(np.float64), classes) for name, (boxes, classes) in given.items()}
    return made, names


def _boxes(boxes: np.ndarray, classes: np.ndarray, names: Sequence[str]) -> tuple[Box, ...]:
    return tuple(
        Box((left, top, right, bottom), names[number] if number < len(names) else str(number))
        for (left, top, right, bottom), number in zip(boxes.tolist(), classes.tolist(), strict=True)
        if number >= 0
    )


def _slices(arrays: dict[str, np.ndarray]) -> tf.data.Dataset:
    import tensorflow as tf

    return tf.data.Dataset.from_tensor_slices(arrays)
