"""What scenes are drawn with: texture, and pictures brought to another size.

NumPy's sums and products alone, number by number: nothing that two machines round differently, as libraries for
linear algebra and for sines do.
"""

from __future__ import annotations

import numpy as np


def resized(values: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bring a map `(h, w)` to a size, bilinearly, pixel centres on pixel centres; what is outside is its border."""
    top, below, vertical = _neighbours(len(values), height)
    left, right, horizontal = _neighbours(values.shape[1], width)
    rows: np.ndarray = values[top] * (1 - vertical)[:, None] + values[below] * vertical[:, None]
    whole: np.ndarray = rows[:, left] * (1 - horizontal) + rows[:, right] * horizontal
    return whole


def _neighbours(given: int, wanted: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Give for every new place the two old ones around it, and how far it is from the first to the second."""
    places = np.clip((np.arange(wanted) + 0.5) * (given / wanted) - 0.5, 0, given - 1)
    first = np.minimum(places.astype(np.int64), max(given - 2, 0))
    return first, np.minimum(first + 1, given - 1), places - first


def texture(random: np.random.Generator, height: int, width: int) -> np.ndarray:
    """Give numbers around 0, mostly between −1 and 1: noise of several grains, coarse and fine."""
    canvas = np.zeros((height, width))
    for grain, strength in ((16, 0.5), (5, 0.3), (1, 0.2)):
        cells = (-(-height // grain) + 1, -(-width // grain) + 1)
        canvas += strength * resized(2 * random.random(cells) - 1, height, width)
    return canvas
