"""What the data is: one pass over every example that counts, measures and compares, and trains nothing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import tensorflow as tf

from cnnkeras.datasets.pictures.defects import Problem
from cnnkeras.datasets.reading import reading
from cnnkeras.datasets.source import Data, Part
from cnnkeras.spec.data import VOID
from cnnkeras.spec.label import Label

Example = Mapping[str, Any]


@dataclass
class PartSurvey:
    """What one part has.

    `pictures` counts by class the pictures that show it; `amounts` by class what is learned from: pictures, pixels or
    boxes. `boxes` is float32 `(boxes, 4)`, left, top, right and bottom in pixels, `areas` each box's share of its
    picture. `void` counts the pixels of masks that have no class.
    """

    name: str
    size: int
    pictures: np.ndarray
    amounts: np.ndarray
    heights: list[int] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    channels: Counter[int] = field(default_factory=Counter)
    labels: list[int] = field(default_factory=list)
    boxes_by_picture: list[int] = field(default_factory=list)
    boxes: list[np.ndarray] = field(default_factory=list)
    areas: list[np.ndarray] = field(default_factory=list)
    crowds: int = 0
    void: int = 0
    digests: dict[bytes, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Survey:
    """What there is of each part, and what was found wrong by decoding everything."""

    parts: tuple[PartSurvey, ...]
    problems: tuple[Problem, ...]


def survey(data: Data, kind: Label, step: Callable[[], None] = lambda: None) -> Survey:
    """Look at every example of every part; `step` is called after each.

    Raises RunError where one can't be read.
    """
    parts = tuple(_survey_part(part, kind, len(data.class_names), step) for part in data.parts.values())
    found = [problem for part in parts for problem in part.problems]
    found += [*_absent(parts, data.class_names), *_shared(parts)]
    # Where it was named, as in " (row 3)", stands behind a name.
    known = {(problem.code, problem.name.partition(" (")[0]) for problem in data.problems}
    return Survey(parts, tuple(problem for problem in found if (problem.code, problem.name) not in known))


def examples_at(part: Part, indices: Iterable[int]) -> list[Example]:
    """Give some examples of a part as the data has them, in the order of the indices."""
    order = [int(index) for index in indices]
    wanted = set(order)
    # A part is read from its beginning; what stands behind the last one is left alone.
    some = part.examples().take(max(order, default=-1) + 1).as_numpy_iterator()
    found = {index: example for index, example in enumerate(some) if index in wanted}
    return [found[index] for index in order]


def part_of_examples(part: Part, examples: Sequence[Example]) -> Part:
    """Give a part of these examples alone, to send through the pipeline."""
    spec = part.examples().element_spec

    def made() -> tf.data.Dataset:
        return tf.data.Dataset.from_generator(lambda: iter(examples), output_signature=spec)

    return Part(part.name, len(examples), made, part.num_classes)


def _survey_part(part: Part, kind: Label, classes: int, step: Callable[[], None]) -> PartSurvey:
    found = PartSurvey(part.name, part.size, np.zeros(classes, np.int64), np.zeros(classes, np.int64))
    with reading(part):
        for index, example in enumerate(part.examples().prefetch(tf.data.AUTOTUNE).as_numpy_iterator()):
            name = part.name_of(index)
            _look(found, name, example["image"])
            _LOOKS[kind](found, name, example)
            step()
    return found


def _look(found: PartSurvey, name: str, image: np.ndarray) -> None:
    height, width, channels = image.shape
    found.heights.append(height)
    found.widths.append(width)
    found.channels[channels] += 1
    digest = hashlib.blake2b(image.tobytes(), digest_size=16, salt=f"{height}x{width}".encode())
    found.digests.setdefault(digest.digest(), name)


def _look_at_class(found: PartSurvey, name: str, example: Example) -> None:
    label = int(example["label"])
    found.labels.append(label)
    if not 0 <= label < len(found.pictures):
        found.problems.append(Problem("unknown_class", name, f"has the label {label}, which is no class"))
        return
    found.pictures[label] += 1
    found.amounts[label] += 1


def _look_at_mask(found: PartSurvey, name: str, example: Example) -> None:
    mask, classes = example["label"].reshape(example["label"].shape[:2]), len(found.pictures)
    if mask.shape != example["image"].shape[:2]:
        size = "×".join(map(str, mask.shape))
        found.problems.append(Problem("mask_size", name, f"has a mask of {size} pixels"))
    counts = np.bincount(mask.reshape(-1), minlength=max(classes, VOID) + 1)
    found.void += int(counts[VOID])
    unknown = [value for value in np.flatnonzero(counts[classes:]) + classes if value != VOID]
    if unknown:
        values = ", ".join(map(str, unknown[:5]))
        found.problems.append(
            Problem("mask_value", name, f"has a mask with {values}, and the classes are 0 to {classes - 1}")
        )
    found.pictures += counts[:classes] > 0
    found.amounts += counts[:classes]


def _look_at_boxes(found: PartSurvey, name: str, example: Example) -> None:
    boxes, classes = example["boxes"], example["classes"]
    single = example["crowd"] == 0 if "crowd" in example else np.ones(len(classes), bool)
    found.crowds += int((~single).sum())
    boxes, classes = boxes[single], classes[single]
    height, width = example["image"].shape[:2]
    found.problems += _box_problems(name, boxes, classes, (height, width), len(found.pictures))
    known = (classes >= 0) & (classes < len(found.pictures))
    counts = np.bincount(classes[known], minlength=len(found.pictures))
    found.pictures += counts > 0
    found.amounts += counts
    found.boxes_by_picture.append(len(boxes))
    found.boxes.append(boxes)
    sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0)
    found.areas.append(sides.prod(axis=1) / (height * width))


def _box_problems(
    name: str, boxes: np.ndarray, classes: np.ndarray, size: tuple[int, int], num_classes: int
) -> Iterable[Problem]:
    height, width = size
    # Half a pixel is how annotations are rounded.
    limits = np.array([-0.5, -0.5, width + 0.5, height + 0.5])
    for number, (box, kind) in enumerate(zip(boxes, classes, strict=True), 1):
        wide, tall = box[2] - box[0], box[3] - box[1]
        if not 0 <= kind < num_classes:
            yield Problem("unknown_class", name, f"box {number} has the class {kind}, which there is not")
        if not (wide > 0 and tall > 0):
            yield Problem("zero_area_box", name, f"box {number} is {wide:g}×{tall:g} pixels")
        elif (box[:2] < limits[:2]).any() or (box[2:] > limits[2:]).any():
            place = ", ".join(f"{side:g}" for side in box)
            yield Problem("outside_box", name, f"box {number} ({place}) reaches outside {width}×{height} pixels")


_LOOKS: dict[Label, Callable[[PartSurvey, str, Example], Any]] = {
    "class": _look_at_class,
    "mask": _look_at_mask,
    "boxes": _look_at_boxes,
}


def _absent(parts: Sequence[PartSurvey], class_names: Sequence[str]) -> Iterable[Problem]:
    for part in parts:
        code = "class_not_trained" if part.name == "train" else "class_not_measured"
        for index in np.flatnonzero(part.amounts == 0) if part.size else ():
            yield Problem(code, f'"{class_names[int(index)]}"', f"is missing from {part.name}")


def _shared(parts: Sequence[PartSurvey]) -> Iterable[Problem]:
    """Find pictures of the same pixels in two parts, in whatever format they lie."""
    for index, part in enumerate(parts):
        for digest, name in part.digests.items():
            later = next((other for other in parts[index + 1 :] if digest in other.digests), None)
            # One that was named for two parts is no accident.
            if later is not None and ((twin := later.digests[digest]) != name or "example" in name):
                yield Problem("same_picture", name, f"is in {part.name}, and in {later.name} as {twin}")
