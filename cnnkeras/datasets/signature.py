"""What tells a part of the data from another of the same size: the first of its pictures, and their labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from cnnkeras.datasets.reading import reading
from cnnkeras.datasets.source import Part

# So many are looked at: enough for another order, other pictures or swapped classes, and read in an instant.
LOOKED_AT = 8
IMAGE = "image"
# Machines decode a JPEG to the last bit in one way or another; so far apart, of 255, the means of a picture may be.
NEAR = 1.0

Signature = list[dict[str, float]]


def signature(part: Part) -> Signature:
    """Give the mean of each array of the first examples. Raises RunError where one can't be read."""
    with reading(part):
        return [_means(example) for example in part.examples().take(LOOKED_AT).as_numpy_iterator()]


def labels_of(some: Signature) -> Signature:
    """Give the same without the pictures."""
    return [{name: value for name, value in each.items() if name != IMAGE} for each in some]


def is_alike(before: Signature, now: Signature) -> bool:
    """Tell whether they may be of the same pictures, with the same labels."""
    pictures = ([each.get(IMAGE, 0.0) for each in some] for some in (before, now))
    near = all(abs(one - other) <= NEAR for one, other in zip(*pictures, strict=False))
    return len(before) == len(now) and near and labels_of(before) == labels_of(now)


def _means(example: Mapping[str, Any]) -> dict[str, float]:
    arrays = {name: np.asarray(value) for name, value in sorted(example.items())}
    return {name: round(_mean(array), 4) for name, array in arrays.items() if array.dtype.kind in "biuf"}


def _mean(array: np.ndarray) -> float:
    return float(np.nan_to_num(array.mean(dtype=np.float64))) if array.size else 0.0
