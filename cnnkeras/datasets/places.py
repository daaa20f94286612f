"""Where a picture lies in the network's input, and so where its boxes lie: there and back.

Boxes are float32 `(…, 4)`: left, top, right and bottom in pixels, counted from the picture's upper left corner, so
that a box around the whole picture ends at its width and height.
"""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf

from cnnkeras.spec.input import InputSection


class Place(NamedTuple):
    """Where a resized picture lies in the network's input: the input's size, the picture's, and its top left.

    Top and left are negative where the picture is cut.
    """

    height: tf.Tensor
    width: tf.Tensor
    inner_height: tf.Tensor
    inner_width: tf.Tensor
    top: tf.Tensor
    left: tf.Tensor


def placed(own_height: tf.Tensor, own_width: tf.Tensor, section: InputSection, whole: bool = False) -> Place:
    """Tell where pictures of these sizes, int64 of any form, lie in the network's input.

    With `whole`, as crops are taken from them, it is the resized picture that they lie in.
    """
    height, width = section.picture_shape[:2]
    if section.resize == "stretch" or (height is None and width is None):
        height, width = height or own_height, width or own_width
        return Place(height, width, height, width, 0, 0)
    sides = (section.short_side or height, section.short_side or width)
    inner_height, inner_width = _kept_aspect(own_height, own_width, *sides, cover=section.is_cropped)
    if whole:
        return Place(inner_height, inner_width, inner_height, inner_width, 0, 0)
    height, width = height or inner_height, width or inner_width
    # What is cut is cut half above, rounded down, and so is what is added.
    top, left = (
        -((inner - side) // 2) if section.is_cropped else (side - inner) // 2
        for side, inner in ((height, inner_height), (width, inner_width))
    )
    return Place(height, width, inner_height, inner_width, top, left)


def boxes_to_input(boxes: tf.Tensor, sizes: tf.Tensor, section: InputSection, whole: bool = False) -> tf.Tensor:
    """Bring boxes `(…, n, 4)` from pictures of these sizes `(…, 2)`, height and width, to the network's input.

    What a crop leaves out lies outside the input then: nothing is cut here.
    """
    scales, shifts = _scales_and_shifts(sizes, section, whole)
    return boxes * scales + shifts


def boxes_to_picture(boxes: tf.Tensor, sizes: tf.Tensor, section: InputSection) -> tf.Tensor:
    """Bring boxes `(…, n, 4)` from the network's input back to pictures of these sizes `(…, 2)`, height and width.

    They are cut at the picture's borders.
    """
    scales, shifts = _scales_and_shifts(sizes, section)
    sides = tf.cast(sizes, tf.float32)
    return clipped((boxes - shifts) / scales, sides[..., 0], sides[..., 1])


def clipped(boxes: tf.Tensor, height: tf.Tensor, width: tf.Tensor) -> tf.Tensor:
    """Cut boxes `(…, n, 4)` at the borders of pictures of these sizes, `(…,)` each."""
    ends = tf.cast(tf.stack([width, height, width, height], axis=-1), tf.float32)
    return tf.clip_by_value(boxes, 0.0, ends[..., tf.newaxis, :])


def _scales_and_shifts(sizes: tf.Tensor, section: InputSection, whole: bool = False) -> tuple[tf.Tensor, tf.Tensor]:
    """Give what the four numbers of a box in the picture are multiplied by, and what is added then: `(…, 1, 4)`."""
    own_height, own_width = tf.unstack(tf.cast(sizes, tf.int64), axis=-1)
    place = placed(own_height, own_width, section, whole)
    down, across = place.inner_height / own_height, place.inner_width / own_width
    top, left = (tf.zeros_like(down) + tf.cast(shift, tf.float64) for shift in (place.top, place.left))
    scales, shifts = (
        tf.cast(tf.stack(numbers, axis=-1)[..., tf.newaxis, :], tf.float32)
        for numbers in ([across, down, across, down], [left, top, left, top])
    )
    return scales, shifts


def _kept_aspect(
    own_height: tf.Tensor, own_width: tf.Tensor, height: int | None, width: int | None, cover: bool
) -> tuple[tf.Tensor, tf.Tensor]:
    """Give the size that keeps the aspect: the largest inside height×width, or the smallest that covers it.

    A side that is free follows the other.
    """
    tall = None if width is None else _rounded(own_height * width, own_width)
    wide = None if height is None else _rounded(own_width * height, own_height)
    if tall is None or wide is None:
        return (height, wide) if tall is None else (tall, width)
    choose = tf.maximum if cover else tf.minimum
    return choose(tall, tf.constant(height, tf.int64)), choose(wide, tf.constant(width, tf.int64))


def _rounded(numerator: tf.Tensor, denominator: tf.Tensor) -> tf.Tensor:
    """Divide whole numbers to the nearest, halves up, at least 1."""
    return tf.maximum((2 * numerator + denominator) // (2 * denominator), tf.constant(1, tf.int64))
