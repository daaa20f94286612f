"""What answering costs, where its share of time has to be known before it is spent."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from cnnkeras.analysis.analysis import analyse
from cnnkeras.analysis.tiles import tile_sides
from cnnkeras.spec.architecture import Architecture


def macs_of_picture(architecture: Architecture, shape: Sequence[int]) -> int | None:
    """Give the multiply-accumulates for a picture of that shape, all its tiles if it is tiled; None where unknown."""
    macs = analyse(architecture).totals.macs
    if macs is None or architecture.input.resize != "tile":
        return macs
    return macs * prod(side.count(length) for side, length in zip(tile_sides(architecture), shape, strict=False))
