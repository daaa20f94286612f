"""What an annotation says of a picture, before it is known whether it can be right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cnnkeras.datasets.pictures.policy import Picture

# No picture has as many pixels, and sums of such numbers are still exact enough.
FARTHEST = 1e12


class Box(NamedTuple):
    """Four numbers in the annotation's own format, a class's name, and whether it marks a crowd."""

    numbers: tuple[float, float, float, float]
    label: str
    is_crowd: bool = False


@dataclass(frozen=True)
class Annotated(Picture):
    """A picture with what its annotation says; `origin` is where that stands.

    `size` is the width and height that the annotation was made at, where it tells.
    """

    boxes: tuple[Box, ...] = field(default=(), compare=False)
    size: tuple[int, int] | None = None


def four_numbers(values: Sequence[object]) -> tuple[float, float, float, float]:
    """Give four finite numbers. Raises ValueError, with the reason, for what can be none of a box."""
    numbers = []
    for value in values:
        try:
            number = float(value)  # type: ignore[arg-type]  # that is what is tried
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if isinstance(value, bool) or not math.isfinite(number):
            raise ValueError(f"{str(value)[:40]!r} is no number")
        if abs(number) > FARTHEST:
            raise ValueError(f"{number:g} lies in no picture")
        numbers.append(number)
    left, top, right, bottom = numbers
    return (left, top, right, bottom)
