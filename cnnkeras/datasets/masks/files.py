"""Mask files: how they begin, and how their pixels become codes.

TensorFlow turns a PNG's palette into colours, and the numbers of the pixels, which are the classes, are lost. But a
PNG with a palette has the same data as a grey one of as many bits (PNG, third edition, 7.2 and 11.2.1): with the
header of a grey one before it, TensorFlow reads its numbers.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnkeras.datasets.masks.values import COLOUR, GREY

if TYPE_CHECKING:
    import tensorflow as tf

SIGNATURE = b"\x89PNG\r\n\x1a\n"
GREY_KIND, PALETTE_KIND = 0, 3
# PNGs are read as 16 bits a number, to which TensorFlow stretches fewer.
SIXTEEN = 65535
HEADER = 33


@dataclass(frozen=True)
class Beginning:
    """What stands in for the first `skipped` bytes of a file, and by what its numbers are divided."""

    head: bytes = b""
    skipped: int = 0
    divisor: int = 1


def beginning(file: str, coloured: bool) -> Beginning:
    """Look at how a file begins. With `coloured`, palettes are read as their colours. Raises OSError."""
    with open(file, "rb") as stream:
        start = stream.read(HEADER)
        if len(start) < HEADER or start[:8] != SIGNATURE or start[12:16] != b"IHDR":
            return Beginning()
        bits, kind = start[24], start[25]
        if kind != PALETTE_KIND or coloured or bits not in (1, 2, 4, 8):
            # Of a colour with 16 bits each the upper 8 are kept; grey ones are whole numbers.
            return Beginning(divisor=1 if bits == 16 and kind == GREY_KIND else 257)
        place = HEADER
        while len(chunk := stream.read(8)) == 8 and chunk[4:] != b"IDAT":
            place += 12 + int.from_bytes(chunk[:4], "big")
            stream.seek(place)
        return Beginning(_grey_header(start[16:29], bits), place, SIXTEEN // (2**bits - 1))


def _grey_header(body: bytes, bits: int) -> bytes:
    chunk = b"IHDR" + body[:8] + bytes([bits, GREY_KIND]) + body[10:]
    return SIGNATURE + struct.pack(">I", len(body)) + chunk + struct.pack(">I", zlib.crc32(chunk))


def beginnings(files: Sequence[str], coloured: bool) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Give heads, skipped bytes and divisors of files; one that can't be opened fails when it is decoded."""
    import tensorflow as tf

    found = []
    for file in files:
        try:
            found.append(beginning(file, coloured))
        except OSError:
            found.append(Beginning())
    return (
        tf.constant([each.head for each in found], tf.string),
        tf.constant([each.skipped for each in found], tf.int32),
        tf.constant([each.divisor for each in found], tf.int32),
    )


def decode_codes(encoded: tf.Tensor, start: Sequence[tf.Tensor], coloured: bool) -> tf.Tensor:
    """Decode one mask to codes, int32 `(height, width)`; transparency is left out.

    `start` is its head, skipped bytes and divisor. Raises tf.errors.InvalidArgumentError where the bytes are no
    picture.
    """
    import tensorflow as tf

    head, skipped, divisor = start
    encoded = tf.strings.join([head, tf.strings.substr(encoded, skipped, tf.strings.length(encoded) - skipped)])

    def png() -> tf.Tensor:
        return tf.cast(tf.io.decode_png(encoded, dtype=tf.uint16), tf.int32) // divisor

    def other() -> tf.Tensor:
        return tf.cast(tf.io.decode_image(encoded, expand_animations=False), tf.int32)

    is_png = tf.equal(tf.strings.substr(encoded, 0, 4), SIGNATURE[:4])
    return codes_of(tf.ensure_shape(tf.cond(is_png, png, other), (None, None, None)), coloured)


def codes_of(pixels: tf.Tensor, coloured: bool) -> tf.Tensor:
    """Give the codes of pixels, int32 `(height, width, channels)`.

    A colour whose three numbers are equal is that number, unless masks are read as colours.
    """
    import tensorflow as tf

    def colours() -> tf.Tensor:
        red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
        code = COLOUR + red * 65536 + green * 256 + blue
        return code if coloured else tf.where((red == green) & (green == blue), red, code)

    def grey() -> tf.Tensor:
        return COLOUR + pixels[..., 0] * GREY if coloured else pixels[..., 0]

    channels = pixels.shape[-1]
    if channels is not None:
        return colours() if channels >= 3 else grey()
    return tf.cond(tf.shape(pixels)[-1] >= 3, colours, grey)


def to_classes(codes: tf.Tensor, classes: Mapping[int, int], unknown: int) -> tf.Tensor:
    """Give the class of every code, uint8 like `codes`, and `unknown` for a code that is none."""
    import tensorflow as tf

    known = tf.constant(sorted(classes), tf.int32)
    numbers = tf.constant([classes[code] for code in sorted(classes)], tf.uint8)
    flat = tf.reshape(codes, [-1])
    places = tf.minimum(tf.searchsorted(known, flat), len(classes) - 1)
    found = tf.where(tf.gather(known, places) == flat, tf.gather(numbers, places), tf.cast(unknown, tf.uint8))
    return tf.reshape(found, tf.shape(codes))
