"""In which order, and in what batches, an epoch takes the examples: a function of seed and epoch, nothing else."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from cnnkeras.errors import RunError


class Epoch:
    """The number of the epoch that is trained now, from 0.

    Whoever trains sets `number` before the epoch's first batch is asked for. It has to be told, because Keras
    opens an iterator more often than once an epoch.
    """

    def __init__(self, number: int = 0) -> None:
        self.number = number


def each_epoch(epoch: Epoch | None, batches_of: Callable[[tf.Tensor], tf.data.Dataset]) -> tf.data.Dataset:
    """Give the batches of an epoch by its number, read anew on every pass; without an `epoch` passes are counted."""
    passes = itertools.count()

    def read() -> np.int64:
        return np.int64(next(passes) if epoch is None else epoch.number)

    # A plain Python number behind a call, once an epoch: a tf.Variable would belong to a device and a strategy.
    def begin(_: tf.Tensor) -> tf.data.Dataset:
        return batches_of(tf.ensure_shape(tf.numpy_function(read, [], tf.int64), ()))

    return tf.data.Dataset.from_tensors(0).flat_map(begin)


def permutation(size: int, seed: int, number: tf.Tensor) -> tf.Tensor:
    """Shuffle the indices below `size` for one epoch."""
    indices = tf.range(size, dtype=tf.int64)
    return tf.random.experimental.stateless_shuffle(indices, seed=tf.stack([tf.constant(seed, tf.int64), number]))


def shuffled(data: tf.data.Dataset, buffer: int, seed: int, number: tf.Tensor) -> tf.data.Dataset:
    """Shuffle a data set for one epoch as far as a buffer reaches.

    `Dataset.shuffle` does the same, but takes no tensor as a seed where the global seed is 0.
    """
    specs = tf.nest.flatten(data.element_spec)
    variant = tf.raw_ops.ShuffleDataset(
        input_dataset=tf.data.experimental.to_variant(data),
        buffer_size=tf.constant(buffer, tf.int64),
        seed=tf.constant(seed, tf.int64),
        seed2=number + 1,  # two zeros would mean any order
        output_types=[spec.dtype for spec in specs],
        output_shapes=[spec.shape for spec in specs],
        reshuffle_each_iteration=False,
    )
    return tf.data.experimental.from_variant(variant, data.element_spec)


def index_batches(order: tf.Tensor, sizes: list[int], number: tf.Tensor | int = 0) -> tf.data.Dataset:
    """Cut an order of indices into batches of these sizes: ((`number`, the order), (first, end)), one a batch.

    Whoever takes them cuts, so that no function has to be made ready for it when an epoch begins. The order is no copy.
    """
    ends = np.cumsum(sizes)
    whole = tf.data.Dataset.from_tensors((number, order)).repeat(len(sizes))
    return tf.data.Dataset.zip(whole, tf.data.Dataset.from_tensor_slices((ends - sizes, ends)))


def batch_sizes(size: int, batch_size: int, replicas: int = 1) -> list[int]:
    """Give how many examples each batch has: `batch_size`, and in the last one what is left.

    tf.distribute gives each replica ⌈batch / replicas⌉ examples until there are none, and gradients of an empty
    share fail. Where the last batch would leave a replica empty, it takes some from the batch before it, or joins it.

    Raises RunError where that does not help.
    """
    sizes = [batch_size] * (size // batch_size) + [size % batch_size] * (size % batch_size > 0)
    if len(sizes) > 1 and not _serves_all(sizes[-1], replicas):
        both = sum(sizes[-2:])
        shared = (both - last for last in range(sizes[-1], batch_size) if _serves_all(last, replicas))
        before = next((count for count in shared if _serves_all(count, replicas)), batch_size)
        sizes[-2:] = [before, both - before]
        if not _serves_all(sizes[-1], replicas) and _serves_all(both, replicas):
            sizes[-2:] = [both]
    if sizes and not _serves_all(sizes[-1], replicas):
        message = f"{size:,} examples in batches of {batch_size} leave one of {replicas} devices without any at the end"
        raise RunError(message, "use another training.batch_size, or fewer devices")
    return sizes


def _serves_all(count: int, replicas: int) -> bool:
    return (replicas - 1) * -(-count // replicas) < count
