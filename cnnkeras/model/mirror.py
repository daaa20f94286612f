"""Where a padded pixel comes from.

One formula for a side that is known while building (integers, computed at once) and for one that only the data
tells (tensors, computed in the graph).
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from cnnkeras.layers.padding import Mode

# (before, after) of the height, then of the width; each an int or a scalar tensor.
Amounts = tuple[tuple[Any, Any], tuple[Any, Any]]


def arithmetic(*sizes: Any) -> Any:
    """Give the module that computes with `sizes`: NumPy for numbers, Keras's operations for tensors."""
    return np if all(isinstance(size, int) for size in sizes) else keras.ops


def source_positions(mode: Mode, size: Any, amount: tuple[Any, Any]) -> Any:
    """Give, for each pixel along a padded side, the position that it is copied from.

    For a size of 3, padded by 1: reflect `1 0 1 2 1`, symmetric `0 0 1 2 2`, replicate the same as symmetric.
    """
    before, after = amount
    numbers = arithmetic(size, before, after)
    positions = numbers.arange(-before, size + after, dtype="int32")
    if mode == "reflect":
        # Mirrored at the first pixel's middle, then at the last one's.
        return size - 1 - abs(size - 1 - abs(positions))
    if mode == "symmetric":
        # Mirrored at the edge before the first pixel, then at the one after the last.
        folded = numbers.where(positions < 0, -1 - positions, positions)
        return numbers.where(folded >= size, 2 * size - 1 - folded, folded)
    return numbers.clip(positions, 0, size - 1)
