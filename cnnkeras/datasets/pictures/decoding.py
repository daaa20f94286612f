"""From the bytes of a picture file to its numbers. Training and the served model read files with this one function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from cnnkeras.datasets.pictures.exif import UPRIGHT
from cnnkeras.datasets.pictures.upright import JPEG, set_upright, stated_orientation

# How much of a JPEG that was cut off must be there for it to be worth anything.
RECOVERABLE = 0.5


def decode(
    encoded: tf.Tensor, channels: int = 0, recover: bool = False, orientation: tf.Tensor | int | None = None
) -> tf.Tensor:
    """Decode one JPEG, PNG, BMP or GIF (its first picture) to uint8 `(height, width, channels)`, upright.

    With 0 channels it keeps those that the file has. With `recover` a JPEG that was cut off is decoded as far as it
    goes, if that is at least half of its rows. `orientation`, int32, is what the file's Exif data states, where that
    has been read before (it takes up to a millisecond here). Raises tf.errors.InvalidArgumentError where the bytes are
    no such picture.
    """
    picture = _recovered(encoded, channels) if recover else _decoded(encoded, channels)
    if isinstance(orientation, int) and orientation == UPRIGHT:
        return picture
    turn = stated_orientation(encoded) if orientation is None else orientation
    return tf.ensure_shape(set_upright(picture, turn), (None, None, None))


def _decoded(encoded: tf.Tensor, channels: int) -> tf.Tensor:
    def other() -> tf.Tensor:
        return tf.io.decode_image(encoded, channels, expand_animations=False)

    return _by_format(encoded, lambda: _jpeg(encoded, channels), other)


def _recovered(encoded: tf.Tensor, channels: int) -> tf.Tensor:
    def recovered() -> tf.Tensor:
        return _jpeg(encoded, channels, try_recover_truncated=True, acceptable_fraction=RECOVERABLE)

    return _by_format(encoded, recovered, lambda: _decoded(encoded, channels))


def _by_format(encoded: tf.Tensor, jpeg: Callable[[], tf.Tensor], other: Callable[[], tf.Tensor]) -> tf.Tensor:
    picture = tf.cond(tf.strings.substr(encoded, 0, 2) == JPEG, jpeg, other)
    return tf.ensure_shape(picture, (None, None, None))


def _jpeg(encoded: tf.Tensor, channels: int, **recovering: Any) -> tf.Tensor:
    """Decode a JPEG as Pillow and browsers do, to the last bit: TensorFlow's own way is some grey levels off.

    Clients send numbers as well as files, and a detector's boxes at its threshold tell the two apart.
    """
    return tf.io.decode_jpeg(encoded, channels, dct_method="INTEGER_ACCURATE", **recovering)
