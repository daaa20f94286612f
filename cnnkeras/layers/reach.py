"""Which part of its input one output position reads: what the receptive field is computed from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

Pair = tuple[int, int]


@dataclass(frozen=True)
class Window:
    """Output position `o` reads the inputs `o·strides + j·dilation − before`, for `j` below `kernel`.

    All pairs are (height, width). `before` is the padding at the top and left; negative for a crop.
    """

    kernel: Pair = (1, 1)
    strides: Pair = (1, 1)
    dilation: Pair = (1, 1)
    before: Pair = (0, 0)


@dataclass(frozen=True)
class Spread:
    """The other direction: input position `i` is written to the outputs `i·strides + j·dilation − before`.

    Transposed convolutions and upsampling; for nearest upsampling `kernel` equals `strides`.
    """

    kernel: Pair
    strides: Pair
    dilation: Pair = (1, 1)
    before: Pair = (0, 0)


class Extent(Enum):
    """Reaches that are no window."""

    WHOLE = "whole"  # every output reads the whole input: a dense layer after Flatten, a global pooling
    UNKNOWN = "unknown"  # can't be derived, and is never guessed


Reach = Window | Spread | Extent
POINTWISE = Window()
