"""Where every movement takes its picture's pixels from: one matrix a picture, so that several become one.

A matrix `(batch, 3, 3)` maps a point (x, y, 1) of what comes out to the point of what goes in, in pixels counted from
the upper left corner. The meaning of every field is Keras's, of RandomCropAndResize KerasCV's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from cnnkeras.datasets.augmentation.draws import Draws
from cnnkeras.layers.ranges import Factor

Size = tuple[tf.Tensor, tf.Tensor]
Make = Callable[[Any, Draws, tf.Tensor, Size], tf.Tensor]


def matrix(rows: list[list[tf.Tensor | float]], count: tf.Tensor) -> tf.Tensor:
    """Put numbers, or tensors of one a picture, into matrices."""
    columns = [
        tf.stack([tf.broadcast_to(tf.cast(value, tf.float32), [count]) for value in row], axis=-1) for row in rows
    ]
    return tf.stack(columns, axis=-2)


def identity(count: tf.Tensor) -> tf.Tensor:
    """Give the matrices that move nothing."""
    return tf.eye(3, batch_shape=[count])


def both_ways(factor: Factor) -> tuple[float, float]:
    """Give the range that a factor means: a single one counts both ways."""
    return factor if isinstance(factor, tuple) else (-abs(factor), abs(factor))


def up_to(factor: Factor, start: float = 0.0) -> tuple[float, float]:
    """Give the range that a factor means: a single one is the upper end."""
    return factor if isinstance(factor, tuple) else (start, factor)


def _about_centre(inner: tf.Tensor, count: tf.Tensor, size: Size) -> tf.Tensor:
    height, width = (tf.cast(side, tf.float32) / 2 for side in size)
    back, forth = (
        matrix([[1, 0, width], [0, 1, height], [0, 0, 1]], count),
        [[1, 0, -width], [0, 1, -height], [0, 0, 1]],
    )
    return back @ inner @ matrix(forth, count)


def _flip(fields: Any, draws: Draws, count: tf.Tensor, size: Size) -> tf.Tensor:
    across, down = flipped(fields, draws, count)
    x, y = tf.where(across, -1.0, 1.0), tf.where(down, -1.0, 1.0)
    return _about_centre(matrix([[x, 0, 0], [0, y, 0], [0, 0, 1]], count), count, size)


def flipped(fields: Any, draws: Draws, count: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Tell which pictures have left and right, and which top and bottom exchanged: each a half of them."""
    across, down = draws.uniform([count]) < 0.5, draws.uniform([count]) < 0.5
    return across & ("horizontal" in fields.mode), down & ("vertical" in fields.mode)


def _rotation(fields: Any, draws: Draws, count: tf.Tensor, size: Size) -> tf.Tensor:
    angle = draws.uniform([count], *both_ways(fields.factor)) * 2 * math.pi
    sine, cosine = tf.sin(angle), tf.cos(angle)
    return _about_centre(matrix([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]], count), count, size)


def _translation(fields: Any, draws: Draws, count: tf.Tensor, size: Size) -> tf.Tensor:
    height, width = (tf.cast(side, tf.float32) for side in size)
    down = draws.uniform([count], *both_ways(fields.height_factor)) * height
    across = draws.uniform([count], *both_ways(fields.width_factor)) * width
    return matrix([[1, 0, -across], [0, 1, -down], [0, 0, 1]], count)


def _zoom(fields: Any, draws: Draws, count: tf.Tensor, size: Size) -> tf.Tensor:
    down = 1 + draws.uniform([count], *both_ways(fields.height_factor))
    across = down if fields.width_factor is None else 1 + draws.uniform([count], *both_ways(fields.width_factor))
    return _about_centre(matrix([[across, 0, 0], [0, down, 0], [0, 0, 1]], count), count, size)


def _shear(fields: Any, draws: Draws, count: tf.Tensor, size: Size) -> tf.Tensor:
    x, y = (
        draws.uniform([count], *up_to(factor)) * tf.where(draws.uniform([count]) < 0.5, -1.0, 1.0)
        for factor in (fields.x_factor, fields.y_factor)
    )
    return _about_centre(matrix([[1, x, 0], [y, 1, 0], [0, 0, 1]], count), count, size)


def _crop(fields: Any, draws: Draws, count: tf.Tensor, size: Size) -> tf.Tensor:
    height, width = size
    top = tf.cast(draws.whole([count], height - fields.height + 1), tf.float32)
    left = tf.cast(draws.whole([count], width - fields.width + 1), tf.float32)
    return _piece(top, left, float(fields.height), float(fields.width), count, size)


def _crop_and_resize(fields: Any, draws: Draws, count: tf.Tensor, size: Size) -> tf.Tensor:
    whole_height, whole_width = (tf.cast(side, tf.float32) for side in size)
    area = draws.uniform([count], *up_to(fields.crop_area_factor, 1.0))
    low, high = (
        fields.aspect_ratio_factor
        if isinstance(fields.aspect_ratio_factor, tuple)
        else (1.0, fields.aspect_ratio_factor)
    )
    # Between 1/2 and 2 as often below as above 1.
    ratio = tf.exp(draws.uniform([count], math.log(low), math.log(high)))
    height = whole_height * tf.minimum(tf.sqrt(area / ratio), 1.0)
    width = whole_width * tf.minimum(tf.sqrt(area * ratio), 1.0)
    top = draws.uniform([count]) * (whole_height - height)
    left = draws.uniform([count]) * (whole_width - width)
    return _piece(top, left, height, width, count, size)


def _piece(top: Any, left: Any, height: Any, width: Any, count: tf.Tensor, size: Size) -> tf.Tensor:
    """Give the matrices that bring a piece to the whole picture's size."""
    whole_height, whole_width = (tf.cast(side, tf.float32) for side in size)
    return matrix([[width / whole_width, 0, left], [0, height / whole_height, top], [0, 0, 1]], count)


def _perspective(fields: Any, draws: Draws, count: tf.Tensor, size: Size) -> tf.Tensor:
    """Draw the four corners inwards, each by up to `scale` of half the sides, in a share `factor` of the pictures."""
    height, width = (tf.cast(side, tf.float32) for side in size)
    chosen = draws.uniform([count, 1, 1]) < draws.uniform([count, 1, 1], *up_to(fields.factor, up_to(fields.factor)[1]))
    shares = draws.uniform([count, 4, 2], *up_to(fields.scale)) / 2 * tf.cast(chosen, tf.float32)
    corners = tf.constant([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    inwards = 1 - 2 * corners
    sides = tf.stack([width, height])
    return _between(corners * sides + tf.zeros_like(shares), (corners + inwards * shares) * sides)


def _between(given: tf.Tensor, moved: tf.Tensor) -> tf.Tensor:
    """Give the matrices that map four moved corners back to the given ones, both `(batch, 4, 2)`.

    Eight equations for eight numbers: u = (ax + by + c) / (gx + hy + 1), v = (dx + ey + f) / (gx + hy + 1).
    """
    x, y, u, v = moved[..., 0], moved[..., 1], given[..., 0], given[..., 1]
    one, zero = tf.ones_like(x), tf.zeros_like(x)
    of_u = tf.stack([x, y, one, zero, zero, zero, -u * x, -u * y], axis=-1)
    of_v = tf.stack([zero, zero, zero, x, y, one, -v * x, -v * y], axis=-1)
    right = tf.concat([u, v], axis=-1)[..., tf.newaxis]
    solved = tf.linalg.solve(tf.concat([of_u, of_v], axis=-2), right)[..., 0]
    return tf.reshape(tf.concat([solved, tf.ones_like(solved[..., :1])], axis=-1), [-1, 3, 3])


MATRICES: dict[str, Make] = {
    "RandomFlip": _flip,
    "RandomRotation": _rotation,
    "RandomTranslation": _translation,
    "RandomZoom": _zoom,
    "RandomShear": _shear,
    "RandomPerspective": _perspective,
    "RandomCrop": _crop,
    "RandomCropAndResize": _crop_and_resize,
}
# Those that put whole pixels on whole pixels.
WHOLE_PIXELS = ("RandomFlip", "Mosaic")
# Those that keep rows rows and columns columns, which a resize computes at a fraction of the cost.
UPRIGHT = ("RandomFlip", "RandomTranslation", "RandomZoom", "RandomCrop", "RandomCropAndResize", "Mosaic")
