"""Random numbers that follow from seed, epoch and place in the epoch alone.

So a training that was killed and resumed sees the same pictures as one that was not, and several workers see what one
would have seen.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf


class Draws(keras.random.SeedGenerator):  # type: ignore[misc]  # Keras carries no types
    """Draws in a fixed order; Keras's layers take it for one of their own seed generators, which keep a state.

    `seed` is int32 or int64 `(2,)`.
    """

    def __init__(self, seed: tf.Tensor) -> None:
        # Keras's own constructor would make a variable.
        self._seed = seed
        self._drawn = 0

    @classmethod
    def at(cls, seed: int, epoch: tf.Tensor, place: tf.Tensor) -> Draws:
        """Give the draws for the batch that begins at `place` in an epoch, both whole scalars."""
        start = tf.stack([tf.constant(seed % 2**31, tf.int64), tf.cast(epoch, tf.int64)])
        return cls(_folded(start, place))

    def child(self, number: int | tf.Tensor) -> Draws:
        """Give the draws for one part of the work: they stay what they are when another part draws more."""
        return Draws(_folded(self._seed, number))

    def next(self, ordered: bool = True) -> Any:  # noqa: ARG002  # Keras's
        """Give the next seed, int32 `(2,)`."""
        self._drawn += 1
        return tf.cast(_folded(self._seed, -self._drawn) % (2**31 - 1), tf.int32)

    def uniform(self, shape: Any, low: float = 0.0, high: float = 1.0) -> tf.Tensor:
        """Give numbers from `low` to `high`, float32."""
        return tf.random.stateless_uniform(shape, self.next(), low, high)

    def whole(self, shape: Any, limit: int | tf.Tensor) -> tf.Tensor:
        """Give whole numbers below `limit`, which may be one for each, int64."""
        return tf.minimum(
            tf.cast(self.uniform(shape) * tf.cast(limit, tf.float32), tf.int64), tf.cast(limit, tf.int64) - 1
        )


def _folded(seed: tf.Tensor, number: int | tf.Tensor) -> tf.Tensor:
    return tf.random.experimental.stateless_fold_in(seed, tf.cast(number, seed.dtype))


def random_layer(name: str, **fields: Any) -> Any:
    """Make one of Keras's random layers, to be given our draws.

    Not in the network's precision: bfloat16 does not tell 200 from 201. To be called before the graph is made, as each
    makes a variable for draws of its own.
    """
    return getattr(keras.layers, name)(**fields, dtype="float32")
