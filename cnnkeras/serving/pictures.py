"""From the bytes of a picture file to its numbers, in stock TensorFlow operations."""

from __future__ import annotations

import tensorflow as tf

from cnnkeras.datasets.pictures.decoding import decode as decode_file

# What a file can hold for a network: grey, colour, colour with transparency.
DECODABLE = (1, 3, 4)


def decode(encoded: tf.Tensor, channels: int) -> tf.Tensor:
    """Decode one JPEG, PNG, BMP or GIF (its first picture) to uint8 `(height, width, channels)`.

    For a network that takes grey or colour it keeps the channels that the file has: `prepare` makes the one of the
    other, the same for encoded pictures as for numbers. Raises tf.errors.InvalidArgumentError where the bytes are
    no such picture.
    """
    return decode_file(encoded, 0 if channels in (1, 3) else channels)
