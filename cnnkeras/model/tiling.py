"""A network of one size for pictures of any: it answers overlapping tiles, and their answers go over into each other.

In stock TensorFlow operations, so that the export carries it along. A few tiles are in memory at a time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from cnnkeras.analysis.tiles import TileSide, mirrored, tile_sides
from cnnkeras.spec.architecture import Architecture

# How many tiles are answered together.
TILES = 4


class Tiled:
    """What a network says about pictures `(batch, height, width, channels)` of any one size.

    Where the network gives a smaller map than it takes, the picture is extended by its mirror image, so that its
    border is answered too: the overlap-tile strategy of Ronneberger, Fischer and Brox 2015. Where it gives as much as
    it takes, the first tile begins at the picture's border, and the network's own padding is what lies beyond. A
    picture smaller than a tile, or no multiple of the network's strides, is mirrored below and right.

    Args:
        network: takes tiles `(tiles, height, width, channels)`, and gives a map, or a list of maps of one size.
        channels: how many channels that map has, or each of them.
        sides: height and width of the tiles.

    """

    def __init__(
        self, network: Callable[[tf.Tensor], Any], channels: int | list[int], sides: tuple[TileSide, TileSide]
    ) -> None:
        self._network = network
        self._channels = channels
        self._sides = sides

    def __call__(self, pictures: tf.Tensor) -> Any:
        """Give maps of the pictures' height and width, float32."""
        size = pictures.shape[1:3]
        spec = tf.nest.map_structure(lambda count: tf.TensorSpec((*size, count), tf.float32), self._channels)
        return tf.map_fn(self._answer, pictures, fn_output_signature=spec, parallel_iterations=1)

    def _answer(self, picture: tf.Tensor) -> Any:
        """Answer one picture `(height, width, channels)`."""
        rows, columns = (Row(side, tf.shape(picture)[axis]) for axis, side in enumerate(self._sides))
        extended = tf.gather(tf.gather(picture, rows.sources, axis=0), columns.sources, axis=1)
        empty = tf.nest.map_structure(lambda count: tf.zeros((rows.length * columns.length, count)), self._channels)
        count = rows.count * columns.count

        def add(first: tf.Tensor, canvases: Any) -> Any:
            tiles = tf.range(first, tf.minimum(first + TILES, count))
            row, column = tiles // columns.count, tiles % columns.count
            read = tf.gather(extended, rows.read(row), axis=0)
            answers = self._network(tf.gather(read, columns.read(column), axis=2, batch_dims=1))
            weights = tf.gather(rows.weights, row)[:, :, None] * tf.gather(columns.weights, column)[:, None]
            places = rows.written(row)[:, :, None] * columns.length + columns.written(column)[:, None]
            return first + TILES, tf.nest.map_structure(
                lambda canvas, answer: _add(canvas, answer, weights, places), canvases, answers
            )

        _, canvases = tf.while_loop(lambda first, _: first < count, add, (0, empty), parallel_iterations=1)
        height, width = tf.shape(picture)[0], tf.shape(picture)[1]
        return tf.nest.map_structure(
            lambda canvas: tf.reshape(canvas, (rows.length, columns.length, -1))[:height, :width],
            canvases,
        )


def _add(canvas: tf.Tensor, answers: tf.Tensor, weights: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """Add weighed answers `(tiles, height, width, channels)` at their places on a canvas `(pixels, channels)`."""
    weighed = tf.cast(answers, tf.float32) * weights[..., None]
    updates = tf.reshape(weighed, (-1, canvas.shape[-1]))
    return tf.tensor_scatter_nd_add(canvas, tf.reshape(places, (-1, 1)), updates)


class Row:
    """The tiles along one side of a picture of `own` pixels: where they read, where they write, what counts."""

    def __init__(self, side: TileSide, own: tf.Tensor) -> None:
        beyond = tf.maximum(own - side.answered, 0)
        moves = -(-beyond // side.grid)
        self._side = side
        self.length = side.answered + moves * side.grid
        self.count = 1 + -(-moves * side.grid // side.step)
        self.starts = moves * tf.range(self.count) // tf.maximum(self.count - 1, 1) * side.grid
        # The pixel of the picture that each pixel of the extended one shows.
        self.sources = mirrored(tf.range(self.length + side.size - side.answered) - side.before, own)
        self.weights = self._shares()

    def read(self, tiles: tf.Tensor) -> tf.Tensor:
        """Give the positions that tiles read, `(tiles, size)`."""
        return tf.gather(self.starts, tiles)[:, None] + tf.range(self._side.size)

    def written(self, tiles: tf.Tensor) -> tf.Tensor:
        """Give the positions that tiles answer, `(tiles, answered)`."""
        return tf.gather(self.starts, tiles)[:, None] + tf.range(self._side.answered)

    def _shares(self) -> tf.Tensor:
        """Give what each tile's answers count `(tiles, answered)`; all that is said of a position adds up to 1."""
        tiles = tf.range(self.count)
        rising = _rising(self._side)
        # At the picture's own border there is no neighbour to go over into.
        begins = tf.where((tiles == 0)[:, None], 1.0, rising)
        ends = tf.where((tiles == self.count - 1)[:, None], 1.0, rising[::-1])
        weights, places = begins * ends, self.written(tiles)
        total = tf.math.unsorted_segment_sum(weights, places, self.length)
        return weights / tf.gather(total, places)


def _rising(side: TileSide) -> tf.Tensor:
    """Give how an answer's weight grows from its first pixel on: 0 where it is blind, then by a squared sine to 1."""
    place = tf.range(side.answered, dtype=tf.float32) + 0.5 - side.blind
    share = tf.clip_by_value(place / max(side.ramp, 1), 0.0, 1.0)
    # What counts by one part in a million, for all that, is not nothing: every pixel is somebody's.
    return tf.maximum(tf.sin(share * (3.141592653589793 / 2)) ** 2, tf.where(place > 0, 1e-6, 0.0))


class WholePictures:
    """A Keras model that takes tiles, called as a model is, but on whole pictures."""

    def __init__(self, model: Any, architecture: Architecture) -> None:
        self._model = model
        channels = [output.shape[-1] for output in model.outputs]
        self._tiled = Tiled(
            lambda tiles: model(tiles, training=False),
            channels[0] if len(channels) == 1 else channels,
            tile_sides(architecture),
        )

    def __call__(self, pictures: tf.Tensor, training: bool = False) -> Any:  # noqa: ARG002  # a model's signature
        """Give the model's outputs for whole pictures."""
        return self._tiled(pictures)

    @property
    def losses(self) -> list[Any]:
        """Give what the weights' regularizers add to the loss; what depends on activations belongs to tiles."""
        weights = self._model.trainable_variables
        return [weight.regularizer(weight) for weight in weights if weight.regularizer is not None]


def for_whole_pictures(model: Any, architecture: Architecture) -> Any:
    """Give what answers whole pictures: the model itself, unless the file has them tiled."""
    return WholePictures(model, architecture) if architecture.input.resize == "tile" else model
