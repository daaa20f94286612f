"""Sets pictures upright that a camera held otherwise, in stock TensorFlow operations.

TensorFlow's decoder does not read Exif. This does, inside the graph, so that the pipeline and the served model show
the network the same picture, the one that people see. `exif.py` reads the same for Python.
"""

from __future__ import annotations

import tensorflow as tf

from cnnkeras.datasets.pictures.exif import (
    APP1,
    COMMENT,
    EXIF,
    FILL,
    LARGEST,
    LAST,
    MOST_ENTRIES,
    ORIENTATION,
    UPRIGHT,
)

JPEG, PNG = b"\xff\xd8", b"\x89PNG"


def set_upright(picture: tf.Tensor, turn: tf.Tensor) -> tf.Tensor:
    """Turn and mirror a decoded picture `(height, width, channels)` that has this orientation."""
    return tf.cond(turn > UPRIGHT, lambda: _turned(picture, turn), lambda: picture)


def stated_orientation(encoded: tf.Tensor) -> tf.Tensor:
    """Give the orientation that an encoded picture states, int32 from 1 to 8; 1 where it states none."""

    def of(find: object) -> tf.Tensor:
        exif = find(encoded)  # type: ignore[operator]
        return tf.cond(tf.strings.length(exif) > 0, lambda: _of_exif(exif), lambda: tf.constant(UPRIGHT))

    return tf.case(
        [
            (tf.strings.substr(encoded, 0, 2) == JPEG, lambda: of(_exif_of_jpeg)),
            (tf.strings.substr(encoded, 0, 4) == PNG, lambda: of(_exif_of_png)),
        ],
        default=lambda: tf.constant(UPRIGHT),
    )


def _turned(picture: tf.Tensor, turn: tf.Tensor) -> tf.Tensor:
    def where(condition: tf.Tensor, change: object) -> None:
        nonlocal picture
        before = picture
        picture = tf.cond(condition, lambda: change(before), lambda: before)  # type: ignore[operator]

    where(turn >= 5, lambda given: tf.transpose(given, (1, 0, 2)))
    where((turn == 2) | (turn == 3) | (turn == 6) | (turn == 7), lambda given: tf.reverse(given, (1,)))
    where((turn == 3) | (turn == 4) | (turn == 7) | (turn == 8), lambda given: tf.reverse(given, (0,)))
    return picture


def _exif_of_jpeg(encoded: tf.Tensor) -> tf.Tensor:
    """Go through the segments of applications and comments, which come first; give the first Exif data, or nothing."""

    def head(place: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        start = _bytes(encoded, place, 10)
        marker = start[1]
        goes_on = (start[0] == 0xFF) & ((marker // 16 == 0xE) | (marker == COMMENT) | (marker == FILL))
        is_exif = goes_on & (marker == APP1) & tf.reduce_all(start[4:] == tf.constant([*EXIF]))
        return start, is_exif, goes_on & ~is_exif

    def step(place: tf.Tensor) -> tf.Tensor:
        start, _, _ = head(place)
        return place + tf.where(start[1] == FILL, 1, 2 + tf.maximum(_number(start[2:4]), 2))

    (place,) = tf.while_loop(lambda place: head(place)[2], lambda place: (step(place),), (tf.constant(2),))
    start, is_exif, _ = head(place)
    return _slice(encoded, place + 10, tf.where(is_exif, tf.maximum(_number(start[2:4]) - 8, 0), 0))


def _exif_of_png(encoded: tf.Tensor) -> tf.Tensor:
    """Go through the chunks before the picture's data (PNG, third edition); give the Exif data, or nothing."""
    size = tf.strings.length(encoded)

    def head(place: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        length, kind = _number(_bytes(encoded, place, 4)), _slice(encoded, place + 4, 4)
        length = tf.where(length < 0, LARGEST, length)
        return length, kind, (kind == b"eXIf") & (length < LARGEST)

    def goes_on(place: tf.Tensor) -> tf.Tensor:
        _, kind, is_exif = head(place)
        return ~is_exif & (kind != b"IDAT") & (place < size)

    def step(place: tf.Tensor) -> tf.Tensor:
        length, _, _ = head(place)
        return place + 12 + tf.minimum(length, size)

    (place,) = tf.while_loop(goes_on, lambda place: (step(place),), (tf.constant(8),))
    length, _, is_exif = head(place)
    return _slice(encoded, place + 8, tf.where(is_exif, length, 0))


def _of_exif(exif: tf.Tensor) -> tf.Tensor:
    """Read the orientation out of a TIFF header and its first directory."""
    little = tf.strings.substr(exif, 0, 2) == b"II"

    def ordered(numbers: tf.Tensor) -> tf.Tensor:
        return tf.cond(little, lambda: tf.reverse(numbers, (-1,)), lambda: numbers)

    directory = _number(ordered(_bytes(exif, 4, 4)))
    directory = tf.where(directory < 0, tf.strings.length(exif), directory)
    count = tf.minimum(_number(ordered(_bytes(exif, directory, 2))), MOST_ENTRIES)
    entries = tf.reshape(_bytes(exif, directory + 2, 12 * count), (-1, 12))
    tags = _number(ordered(entries[:, :2]))
    stated = tf.boolean_mask(_number(ordered(entries[:, 8:10])), tags == ORIENTATION)
    first = tf.concat([stated, [UPRIGHT]], 0)[0]
    return tf.where((first >= UPRIGHT) & (first <= LAST), first, UPRIGHT)


def _bytes(text: tf.Tensor, start: tf.Tensor | int, length: tf.Tensor | int) -> tf.Tensor:
    """Give bytes as int32; what lies behind the end is 0."""
    found = tf.cast(tf.io.decode_raw(_slice(text, start, length), tf.uint8), tf.int32)
    return tf.ensure_shape(
        tf.pad(found, [[0, length - tf.size(found)]]), (length if isinstance(length, int) else None,)
    )


def _slice(text: tf.Tensor, start: tf.Tensor | int, length: tf.Tensor | int) -> tf.Tensor:
    """Give a part of a string, as much of it as there is."""
    return tf.strings.substr(text, tf.minimum(start, tf.strings.length(text)), length)


def _number(digits: tf.Tensor) -> tf.Tensor:
    """Make numbers of the bytes on the last axis, the highest first; of four they may come out negative."""
    count = digits.shape[-1]
    return tf.reduce_sum(digits * tf.constant([256**place for place in reversed(range(count))]), -1)
