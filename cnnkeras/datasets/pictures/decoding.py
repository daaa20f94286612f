"""From the bytes of a picture file to its numbers. Training and the served model read files with this one function."""

from __future__ import annotations

import tensorflow as tf


def decode(encoded: tf.Tensor, channels: int = 0) -> tf.Tensor:
    """Decode one JPEG, PNG, BMP or GIF (its first picture) to uint8 `(height, width, channels)`.

    With 0 channels it keeps those that the file has. Raises tf.errors.InvalidArgumentError where the bytes are
    no such picture.
    """
    picture = tf.io.decode_image(encoded, channels=channels, expand_animations=False)
    return tf.ensure_shape(picture, (None, None, None))
