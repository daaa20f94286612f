"""How many pictures a server computes at once: the same sizes in its batching, its warm-up and its measurement."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnnkeras.serving.cost import macs_of_picture
from cnnkeras.spec.architecture import Architecture

BATCH_SIZES = (1, 8, 32)
# A batch should take a second at most where there is no graphics card, and a request some megabytes.
MOST_MACS = 30e9
MOST_NUMBERS = 2_000_000


def batch_sizes(architecture: Architecture, shape: Sequence[int]) -> tuple[int, ...]:
    """Give the sizes that suit the network and pictures of that shape; 1 always does."""
    macs, numbers = macs_of_picture(architecture, shape) or 0, prod(shape)
    return tuple(
        size for size in BATCH_SIZES if size == 1 or (size * macs <= MOST_MACS and size * numbers <= MOST_NUMBERS)
    )
