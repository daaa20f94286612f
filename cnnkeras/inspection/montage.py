"""Many small maps as one picture, without matplotlib: cheap enough for every epoch."""

from __future__ import annotations

import math

import numpy as np
import tensorflow as tf

# Side of a map in the picture, at least; columns; maps shown.
SIDE, COLUMNS, MOST = 32, 16, 32
LINE = 1


def montage(maps: np.ndarray, columns: int = COLUMNS) -> np.ndarray:
    """Lay out maps `(count, height, width)` or, in colour, `(count, height, width, 3)`; give uint8.

    All are drawn to one scale: black is nothing and white the largest. Where there are negative values, grey is
    nothing, black the most negative. A number that is none, as after a divergence, is drawn as nothing.
    """
    shown = np.nan_to_num(maps[:MOST].astype(np.float32), posinf=0.0, neginf=0.0)
    extent = float(np.abs(shown).max(initial=0.0)) or 1.0
    signed = bool(shown.min(initial=0.0) < 0)
    shades = (shown / extent * 127 + 128 if signed else shown / extent * 255).clip(0, 255).astype(np.uint8)
    scale = max(1, math.ceil(SIDE / max(shades.shape[1:3])))
    shades = shades.repeat(scale, axis=1).repeat(scale, axis=2)
    return _laid_out(shades, min(columns, len(shades)))


def _laid_out(tiles: np.ndarray, columns: int) -> np.ndarray:
    count, height, width = tiles.shape[:3]
    rows = math.ceil(count / columns)
    sheet = np.full((rows * (height + LINE), columns * (width + LINE), *tiles.shape[3:]), 255, np.uint8)
    for index, tile in enumerate(tiles):
        top, left = index // columns * (height + LINE), index % columns * (width + LINE)
        sheet[top : top + height, left : left + width] = tile
    return sheet


def encoded(picture: np.ndarray) -> bytes:
    """Give a picture, uint8 `(height, width)` or `(height, width, 3)`, as PNG."""
    content = picture if picture.ndim == 3 else picture[..., np.newaxis]
    return bytes(tf.io.encode_png(tf.constant(content)).numpy())
