"""From the class of every pixel to objects: pixels of one class that hang together. Imports SciPy.

What a mask can't tell apart stays one object: two of one class that touch. Void pixels and the class called
"background" are no objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import ndimage

from cnnkeras.spec.data import VOID
from cnnkeras.tasks.palette import BACKGROUND

# Pixels hang together along their sides, not at corners alone: a wall of one pixel's width, drawn slantwise, still
# keeps two cells apart.
ALONG_SIDES = ndimage.generate_binary_structure(2, 1)
# Of one class in one picture, the largest: a panoptic picture has two bytes for them.
MOST = 65_535


@dataclass(frozen=True)
class Instance:
    """One object: `number` counts from 1 within its class, the largest first.

    `box` is left, top, right and bottom in pixels, right and bottom outside of it; `centroid` the mean x and y of the
    pixels' middles; `score` the mean probability of its pixels, where that is known.
    """

    number: int
    class_number: int
    area: int
    box: tuple[int, int, int, int]
    centroid: tuple[float, float]
    score: float | None

    @property
    def id(self) -> int:
        """Give what its pixels have in a panoptic picture: `class · 65,536 + number`."""
        return self.class_number * (MOST + 1) + self.number


@dataclass(frozen=True)
class Objects:
    """The objects of one mask: a list, and a map int32 `(height, width)` with each pixel's object.

    A pixel has its object's `id`, one that belongs to none 0.
    """

    instances: tuple[Instance, ...]
    panoptic: np.ndarray


def find_objects(
    mask: np.ndarray, class_names: Sequence[str], scores: np.ndarray | None = None, smallest: int = 1
) -> Objects:
    """Find the objects of a mask `(height, width)` that have at least `smallest` pixels.

    `scores` are the probabilities of the pixels' classes, `(height, width)`.
    """
    panoptic = np.zeros(mask.shape, np.int32)
    found: list[Instance] = []
    for class_number in object_classes(class_names):
        labelled, count = ndimage.label(mask == class_number, ALONG_SIDES)
        areas = np.bincount(labelled.reshape(-1), minlength=count + 1)[1:]
        order = np.argsort(-areas, kind="stable")[:MOST]
        places = ndimage.find_objects(labelled)
        for number, index in enumerate(order[areas[order] >= smallest], 1):
            place = places[index]
            pixels = labelled[place] == index + 1
            found.append(_instance(number, class_number, pixels, place, scores))
            panoptic[place][pixels] = found[-1].id
    return Objects(tuple(found), panoptic)


def object_classes(class_names: Sequence[str]) -> list[int]:
    """Give the numbers of the classes that have objects."""
    return [number for number, name in enumerate(class_names) if name != BACKGROUND]


def _instance(
    number: int, class_number: int, pixels: np.ndarray, place: tuple[slice, slice], scores: np.ndarray | None
) -> Instance:
    """Describe an object by its pixels within its box, which lies at `place`."""
    rows, columns = np.nonzero(pixels)
    top, left = place[0].start, place[1].start
    box = (left, top, place[1].stop, place[0].stop)
    centroid = (float(columns.mean()) + left + 0.5, float(rows.mean()) + top + 0.5)
    score = None if scores is None else float(scores[place][pixels].mean())
    return Instance(number, class_number, len(rows), box, centroid, score)


def counts_table(
    truth: Iterable[np.ndarray], predictions: Iterable[np.ndarray], class_names: Sequence[str], smallest: int = 1
) -> pd.DataFrame:
    """Give a row a picture and class: how many objects there are, and how many the network's mask has.

    What is void in the true mask is so in the other. Of the network's objects those under `smallest` pixels don't
    count.
    """
    rows = []
    for picture, (true, predicted) in enumerate(zip(truth, predictions, strict=True)):
        known = np.where(true == VOID, VOID, predicted)
        there, said = (list(_counts(mask, class_names, least)) for mask, least in ((true, 1), (known, smallest)))
        rows += [
            (picture, class_names[number], true_count, count)
            for (number, true_count), (_, count) in zip(there, said, strict=True)
            if true_count or count
        ]
    return pd.DataFrame(rows, columns=["picture", "class", "true_objects", "predicted_objects"])


def _counts(mask: np.ndarray, class_names: Sequence[str], smallest: int) -> Iterator[tuple[int, int]]:
    for number in object_classes(class_names):
        labelled, count = ndimage.label(mask == number, ALONG_SIDES)
        areas = np.bincount(labelled.reshape(-1), minlength=count + 1)[1:]
        yield number, int((areas >= smallest).sum())
