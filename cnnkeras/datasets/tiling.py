"""Pictures for a network that goes over them in tiles: cut for its batches, whole for its evaluation."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import tensorflow as tf

from cnnkeras.analysis.tiles import TileSide, mirrored, tile_sides
from cnnkeras.datasets.preparation import scale
from cnnkeras.datasets.reading import checked_labels, reading
from cnnkeras.datasets.source import Part
from cnnkeras.datasets.store import resized_examples
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.data import VOID

_CUT: WeakKeyDictionary[Part, dict[Architecture, Part]] = WeakKeyDictionary()


def whole_pictures(part: Part, architecture: Architecture) -> tf.data.Dataset:
    """Give every example of a part at its own size, in its order: (float32 images, labels), one a batch."""
    examples = resized_examples(part, architecture).batch(1)
    ready = examples.map(lambda image, mask: (scale(image, architecture.input), checked_labels(part, mask, "mask")))
    return ready.prefetch(tf.data.AUTOTUNE)


def epoch_size(part: Part, architecture: Architecture) -> int:
    """Give how many examples of the network's size an epoch has: a part's pictures, or as many crops as tiles."""
    return cut(part, architecture).size if architecture.input.resize == "tile" else part.size


def cut(part: Part, architecture: Architecture) -> Part:
    """Give a part whose examples are the tiles of another's, each pixel answered in one of them.

    They have the network's size. What is mirrored beyond the picture is void. Where the pictures' sizes are not known,
    all are read once to count the tiles. Raises RunError where one can't be read.
    """
    kept = _CUT.setdefault(part, {})
    if architecture not in kept:
        sides = tile_sides(architecture)
        kept[architecture] = Part(
            part.name,
            _count(part, sides),
            lambda: _tiles(part, architecture, sides),
            part.num_classes,
            part.find_problem,
        )
    return kept[architecture]


def _count(part: Part, sides: tuple[TileSide, TileSide]) -> int:
    examples = part.examples()
    height, width, _ = examples.element_spec["image"].shape
    if None not in (height, width):
        return part.size * _along(sides[0], height) * _along(sides[1], width)
    sizes = examples.map(lambda example: tf.shape(example["image"])[:2], num_parallel_calls=tf.data.AUTOTUNE)
    with reading(part):
        return sum(_along(sides[0], size[0]) * _along(sides[1], size[1]) for size in sizes.as_numpy_iterator())


def _along(side: TileSide, length: int) -> int:
    """Give how many tiles lie along a side of a picture."""
    return int(-(-length // side.answered))


def _tiles(part: Part, architecture: Architecture, sides: tuple[TileSide, TileSide]) -> tf.data.Dataset:
    rows, columns = sides

    def tiles_of(image: tf.Tensor, mask: tf.Tensor) -> tf.data.Dataset:
        along, wide = (-(-tf.shape(mask)[axis] // side.answered) for axis, side in enumerate(sides))

        def tile(number: tf.Tensor) -> dict[str, tf.Tensor]:
            row, column = _positions(rows, number // wide), _positions(columns, number % wide)
            return {"image": mirrored_at(image, row, column), "label": known_at(mask, row, column)}

        return tf.data.Dataset.range(tf.cast(along * wide, tf.int64), output_type=tf.int32).map(tile)

    return resized_examples(part, architecture).flat_map(tiles_of)


def _positions(side: TileSide, number: tf.Tensor) -> tf.Tensor:
    """Give the pixels that a tile reads along a side; some lie outside of the picture."""
    return number * side.answered - side.before + tf.range(side.size)


def mirrored_at(image: tf.Tensor, row: tf.Tensor, column: tf.Tensor) -> tf.Tensor:
    """Give the pixels at these rows and columns; beyond its borders a picture is mirrored."""
    height, width = tf.shape(image)[0], tf.shape(image)[1]
    return tf.gather(tf.gather(image, mirrored(row, height), axis=0), mirrored(column, width), axis=1)


def known_at(mask: tf.Tensor, row: tf.Tensor, column: tf.Tensor) -> tf.Tensor:
    """Give the classes at these rows and columns of a mask `(height, width)`; beyond its borders it is void."""
    height, width = tf.shape(mask)[0], tf.shape(mask)[1]
    inside = ((row >= 0) & (row < height))[:, None] & ((column >= 0) & (column < width))
    return tf.where(inside, mirrored_at(mask, row, column), tf.cast(VOID, mask.dtype))
