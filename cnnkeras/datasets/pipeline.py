"""The batches that a network trains on and is evaluated on."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from cnnkeras.datasets.labels import label_kind
from cnnkeras.datasets.memory import picture_budget
from cnnkeras.datasets.order import Epoch, batch_sizes, epoch_number, index_batches, permutation, shuffled
from cnnkeras.datasets.preparation import scale
from cnnkeras.datasets.reading import checked_labels
from cnnkeras.datasets.source import Part
from cnnkeras.datasets.store import Store, in_batches, resized_examples, stored
from cnnkeras.datasets.tiling import cut
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.input import InputSection
from cnnkeras.spec.task import Label

# How many pictures wait in the shuffle where a part is read anew every epoch and their size is not known.
STREAMED_SHUFFLE = 1_000


def batches(
    part: Part,
    architecture: Architecture,
    batch_size: int,
    training: bool,
    seed: int = 0,
    epoch: Epoch | None = None,
    replicas: int = 1,
    budget: int | None = None,
) -> tf.data.Dataset:
    """Give every example of a part once: (float32 images ready for the network, labels) batch by batch.

    Labels are class numbers, int64 `(batch,)`; masks, uint8 `(batch, height, width)`; or boxes, float32
    `(batch, most boxes, 5)`: left, top, right, bottom in pixels of the network's input, and the class. A picture with
    fewer boxes has rows of -1.

    The last batch may be smaller. With `training` the order is shuffled over the whole part, by `seed` and the
    number of the epoch: that of `epoch`, which whoever trains sets, else how often the batches were asked for.
    `batch_size` is the global one, over all `replicas` of a tf.distribute strategy. `budget` is how many bytes of
    memory the pictures may take, by default a quarter of what is free.
    """
    section = architecture.input
    if section.resize == "tile":
        part = cut(part, architecture)
    sizes = batch_sizes(part.size, batch_size, replicas)
    numbers = epoch_number(epoch) if training else None
    store = stored(part, architecture, budget)
    if store is None:
        kind = label_kind(architecture)
        examples = _streamed(part, architecture, seed, numbers, picture_budget() if budget is None else budget)
        data = _in_batches(examples, sizes, kind)
        data = data.map(lambda images, labels: (scale(images, section), checked_labels(part, labels, kind)))
    else:
        data = _gathered(store, section, sizes, seed, numbers)
    data = data.apply(tf.data.experimental.assert_cardinality(len(sizes)))
    return data.prefetch(tf.data.AUTOTUNE).with_options(_options())


def _gathered(
    store: Store, section: InputSection, sizes: list[int], seed: int, numbers: tf.data.Dataset | None
) -> tf.data.Dataset:
    """Take each batch out of the store by its indices."""
    size = sum(sizes)
    if numbers is None:
        indices = index_batches(tf.range(size, dtype=tf.int64), sizes)
    else:
        orders = numbers.map(lambda number: permutation(size, seed, number))
        indices = orders.flat_map(lambda order: index_batches(order, sizes))

    def take(index: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        return scale(tf.gather(store.images, index), section), tf.gather(store.labels, index)

    return indices.map(take, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _streamed(
    part: Part, architecture: Architecture, seed: int, numbers: tf.data.Dataset | None, budget: int
) -> tf.data.Dataset:
    """Read the part anew, for training shuffled over as many pictures as the budget holds."""
    examples = resized_examples(part, architecture)
    if numbers is None:
        return examples
    # Pictures and masks count; classes and boxes hardly do.
    sizes = [spec.shape.num_elements() for spec in examples.element_spec if spec.dtype == tf.uint8]
    buffer = max(1, min(part.size, STREAMED_SHUFFLE if None in sizes else budget // sum(sizes)))
    return numbers.flat_map(lambda number: shuffled(resized_examples(part, architecture), buffer, seed, number))


def _in_batches(examples: tf.data.Dataset, sizes: list[int], kind: Label) -> tf.data.Dataset:
    if len(set(sizes[:-1])) <= 1 and sizes[-1] <= sizes[0]:
        return in_batches(examples, sizes[0], kind)
    ends, counts = tf.constant(np.cumsum(sizes)), tf.constant(sizes, tf.int64)
    return examples.enumerate().group_by_window(
        key_func=lambda index, _: tf.searchsorted(ends, index[tf.newaxis], side="right", out_type=tf.int64)[0],
        reduce_func=lambda _, window: in_batches(window.map(lambda _, example: example), max(sizes), kind),
        window_size_func=lambda key: counts[key],
    )


def _options() -> tf.data.Options:
    options = tf.data.Options()
    options.deterministic = True
    # Workers share no files: each reads everything and takes its own part of every batch.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return options
