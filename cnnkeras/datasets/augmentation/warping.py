"""Moves pictures, masks and boxes by the same matrices.

Ours and not Keras's layers, which each compute the whole picture anew; together they are one movement here, with one
loss of sharpness. Measured at 320×320×3, milliseconds of one core for a picture: 3.6 for each of Keras's layers that
moves pixels, 1.5 here where rows stay rows, 0.6 for a flip. KerasCV's RandomZoom and CutMix, and Keras's RandomCrop,
fail with boxes or masks.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from cnnkeras.datasets.labels import NO_BOX, cut
from cnnkeras.spec.data import VOID
from cnnkeras.spec.label import Label

# Below a pixel's width nothing is seen of an object.
LEAST_SIDE = 1.0
# Boxes are counted up to a multiple of it, so that a compiled step meets few forms.
STEP = 16


class Border(NamedTuple):
    """What stands beyond a picture's borders, and how is read between its pixels, as Keras calls it."""

    fill_mode: str = "constant"
    fill_value: float = 0.0
    interpolation: str = "bilinear"


def move_pictures(
    pictures: tf.Tensor, matrices: tf.Tensor, size: tuple[int, int], border: Border, upright: bool
) -> tf.Tensor:
    """Give pictures of that size, uint8 `(batch, height, width, channels)`.

    `upright` says that the matrices only scale and shift.
    """
    if upright and border.fill_mode == "constant":
        return whole_numbers(_scaled_and_shifted(pictures, matrices, size, border))
    # Pixels are numbered, and their centres lie half a pixel further.
    shift = tf.constant([[1.0, 0.0, 0.5], [0.0, 1.0, 0.5], [0.0, 0.0, 1.0]])
    transforms = tf.linalg.inv(shift) @ matrices @ shift
    transforms = tf.reshape(transforms / transforms[:, 2:, 2:], [-1, 9])[:, :8]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=pictures,
        transforms=transforms,
        output_shape=size,
        fill_value=border.fill_value,
        interpolation=border.interpolation.upper(),
        fill_mode=border.fill_mode.upper(),
    )


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]  # TensorFlow carries no types
def whole_numbers(pictures: tf.Tensor) -> tf.Tensor:
    """Give pictures of real numbers as uint8, the nearest that there is. XLA makes one loop of it."""
    return tf.cast(tf.clip_by_value(pictures + 0.5, 0.0, 255.0), tf.uint8)


def _scaled_and_shifted(pictures: tf.Tensor, matrices: tf.Tensor, size: tuple[int, int], border: Border) -> tf.Tensor:
    """Do the same by the operation that cuts and resizes, float32.

    It takes the places of the first and the last pixel as shares of the picture. What lies beyond the outermost
    centres is beyond the border for it, so the border pixels get a second row around them.
    """
    if border.interpolation != "nearest":
        pictures = _with_border_twice(pictures, 1)
        pictures = _with_border_twice(pictures, 2)
    added = float(border.interpolation != "nearest")
    ends = []
    for axis, side in ((1, size[0]), (0, size[1])):
        last = tf.cast(tf.shape(pictures)[2 - axis] - 1, tf.float32)
        factor, offset = matrices[:, axis, axis], matrices[:, axis, 2]
        # 0.5: to and from the centres.
        ends.append([(factor * (place + 0.5) + offset - 0.5 + added) / last for place in (0, side - 1)])
    (top, bottom), (left, right) = ends
    boxes = tf.stack([top, left, bottom, right], axis=-1)
    places = tf.range(tf.shape(pictures)[0])
    return tf.image.crop_and_resize(pictures, boxes, places, size, border.interpolation, border.fill_value)


def _with_border_twice(pictures: tf.Tensor, axis: int) -> tf.Tensor:
    """Repeat the first and the last row or column; `tf.pad` takes ten times as long for it."""
    last = tf.shape(pictures)[axis] - 1
    return tf.concat([tf.gather(pictures, [0], axis=axis), pictures, tf.gather(pictures, [last], axis=axis)], axis)


def move_masks(
    masks: tf.Tensor, matrices: tf.Tensor, size: tuple[int, int], border: Border, upright: bool
) -> tf.Tensor:
    """Do it to masks, uint8 `(batch, height, width)`: the class of the nearest pixel; beyond the border is void."""
    nearest = Border(border.fill_mode, float(VOID), "nearest")
    return move_pictures(masks[..., tf.newaxis], matrices, size, nearest, upright)[..., 0]


def move_boxes(rows: tf.Tensor, matrices: tf.Tensor, size: tuple[int, int]) -> tf.Tensor:
    """Do it to rows of boxes `(batch, boxes, 5)`: around where its corners go, cut at the borders.

    What is hardly left becomes a row without a box.
    """
    left, top, right, bottom = tf.unstack(rows[..., :4], axis=-1)
    points = [(left, top), (right, top), (right, bottom), (left, bottom)]
    corners = tf.stack([tf.stack([x, y, tf.ones_like(x)], axis=-1) for x, y in points], axis=-2)
    # (batch, boxes, 4, 3) by (batch, 1, 3, 3): points are rows here, so the matrix stands transposed at the right.
    moved = tf.linalg.matmul(corners, tf.linalg.inv(matrices)[:, tf.newaxis], transpose_b=True)
    moved = moved[..., :2] / moved[..., 2:]
    around = tf.concat([tf.reduce_min(moved, axis=-2), tf.reduce_max(moved, axis=-2), rows[..., 4:]], axis=-1)
    inside, remains = cut(around, size[0], size[1])
    sides = inside[..., 2:4] - inside[..., :2]
    remains &= tf.reduce_all(sides >= LEAST_SIDE, axis=-1) & (rows[..., 4] >= 0)
    return tf.where(remains[..., tf.newaxis], inside, NO_BOX)


def closed_up(rows: tf.Tensor) -> tf.Tensor:
    """Bring the boxes of each picture together, and leave out rows that no picture of the batch needs.

    The number of rows is a multiple of STEP, as far as there are so many.
    """
    there = rows[..., 4] >= 0
    order = tf.argsort(tf.cast(there, tf.int32), axis=-1, direction="DESCENDING", stable=True)
    most = tf.reduce_max(tf.reduce_sum(tf.cast(there, tf.int32), axis=-1))
    needed = tf.minimum(tf.maximum(-(-most // STEP), 1) * STEP, tf.shape(rows)[1])
    return tf.gather(rows, order[:, :needed], batch_dims=1)


def move_labels(
    label: Label, labels: tf.Tensor, matrices: tf.Tensor, size: tuple[int, int], border: Border, upright: bool
) -> tf.Tensor:
    """Move labels of that kind; a class is of the whole picture, wherever it goes."""
    if label == "mask":
        return move_masks(labels, matrices, size, border, upright)
    return move_boxes(labels, matrices, size) if label == "boxes" else labels
