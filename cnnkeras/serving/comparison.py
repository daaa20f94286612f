"""How far two answers may be apart, and be the same network's. For the proof of an export, for servers and engines."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

# Numbers may differ by this part of the largest among them (of 1 if that is larger): the server's graph fuses
# operations that Keras computes one by one. Measured on the shipped architectures: below 4e-6.
BOUND = 1e-4
# Of what is no real number (labels, class indices, maps of them) this share may differ: where two classes
# score alike to the last digit, rounding decides. It allows none in a batch of answers, a few in a map.
TIES = 1e-4


class Difference(NamedTuple):
    """By how much an answer is off, and by how much it may be."""

    value: float
    allowed: float

    @property
    def fits(self) -> bool:
        """Tell whether both answers are the same network's. What can't be compared does not fit."""
        return self.value <= self.allowed

    def __str__(self) -> str:
        """Say it as the end of a sentence."""
        return f"is off by {self.value:.2g}, and {self.allowed:.2g} is allowed"


def difference(expected: np.ndarray, answered: np.ndarray) -> Difference:
    """Compare one output: real numbers by the largest difference, others by the share that is not the same."""
    if np.issubdtype(expected.dtype, np.floating):
        return Difference(relative(expected, answered), BOUND)
    if expected.shape != answered.shape:
        return Difference(float("inf"), TIES)
    return Difference(float(np.mean(expected != answered)) if expected.size else 0.0, TIES)


def relative(expected: np.ndarray, answered: np.ndarray) -> float:
    """Give the largest difference, relative to the largest number or to 1. What is not a number equals itself."""
    if expected.shape != answered.shape or (np.isnan(expected) != np.isnan(answered)).any():
        return float("inf")
    scale = np.nanmax(np.abs(expected), initial=1.0)
    return float(np.nanmax(np.abs(expected - answered), initial=0.0) / scale)
