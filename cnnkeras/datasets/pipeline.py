"""The batches that a network trains on and is evaluated on."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from cnnkeras.datasets.augmentation.augmenter import Augmenter
from cnnkeras.datasets.augmentation.draws import Draws
from cnnkeras.datasets.balance import epoch_order
from cnnkeras.datasets.keeping import kept
from cnnkeras.datasets.labels import Batch, label_kind
from cnnkeras.datasets.order import Epoch, batch_sizes, each_epoch, index_batches, permutation, shuffled
from cnnkeras.datasets.preparation import scale
from cnnkeras.datasets.reading import checked_labels
from cnnkeras.datasets.source import Part
from cnnkeras.datasets.store import Store, in_batches, resized_examples
from cnnkeras.datasets.tiling import cut, epoch_size
from cnnkeras.datasets.whole import WholeStore
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.label import Label

# How much waits in the shuffle where a part is read anew every epoch: so many bytes, or so many pictures where their
# size is not known. The machine's memory is not asked: every worker and every resumed run is to have the same order.
STREAMED_BYTES = 2**28
STREAMED_SHUFFLE = 1_000
# The draws of where crops are taken: those of the augmentation count from 0.
CROP = -1
_PARALLEL = {"num_parallel_calls": tf.data.AUTOTUNE, "deterministic": True}


def batches(
    part: Part,
    architecture: Architecture,
    batch_size: int,
    training: bool,
    seed: int = 0,
    epoch: Epoch | None = None,
    replicas: int = 1,
    budget: int | None = None,
    scaled: bool = True,
) -> tf.data.Dataset:
    """Give every example of a part once: (float32 images ready for the network, labels) batch by batch.

    Labels are class numbers, int64 `(batch,)`; masks, uint8 `(batch, height, width)`; or boxes, float32
    `(batch, most boxes, 5)`: left, top, right, bottom in pixels of the network's input, and the class. A picture with
    fewer boxes has rows of -1. With `training` the pictures are changed as `data.augmentation` says, a function of
    seed, epoch and place; what mixes classes makes their labels shares, float32 `(batch, classes)`.

    The last batch may be smaller. With `training` the order is shuffled over the whole part, by `seed` and the
    number of the epoch: that of `epoch`, which whoever trains sets, else how often the batches were asked for.
    `batch_size` is the global one, over all `replicas` of a tf.distribute strategy. `budget` is how many bytes of
    memory the pictures may take, by default a quarter of what is free; those of a part that is read anew, which wait
    in the shuffle, STREAMED_BYTES. Without `scaled` the pictures stay uint8, for whoever scales them.
    """
    size = epoch_size(part, architecture)
    sizes = batch_sizes(size, batch_size, replicas)

    def ready(images: tf.Tensor, labels: tf.Tensor) -> Batch:
        return scale(images, architecture.input) if scaled else images, labels

    store = kept(part, architecture, training, budget)
    if store is None:
        part = cut(part, architecture) if architecture.input.resize == "tile" else part
        budget = STREAMED_BYTES if budget is None else budget
        read = (
            _streamed(part, architecture, sizes, seed, epoch, budget) if training else _read(part, architecture, sizes)
        )
        data = read.map(ready, **_PARALLEL)
    elif not training:
        assert isinstance(store, Store)  # whole pictures are for training
        indices = index_batches(tf.range(size, dtype=tf.int64), sizes)
        data = indices.map(lambda order, ends: ready(*store.take(order[1][ends[0] : ends[1]])), **_PARALLEL)
    else:
        order_of = epoch_order(part, architecture, seed) if size == part.size else _crops(store, size, seed)
        data = _shuffled(store, Augmenter.of(architecture), sizes, order_of, seed, epoch, ready)
    data = data.apply(tf.data.experimental.assert_cardinality(len(sizes)))
    return data.prefetch(tf.data.AUTOTUNE).with_options(_options())


def _crops(store: Store | WholeStore, size: int, seed: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """Give what chooses the pictures of an epoch that takes several crops of each, and their order."""
    assert isinstance(store, WholeStore)  # of others an epoch takes each once
    owners = store.owners(size)
    return lambda number: tf.gather(owners, permutation(size, seed, number))


def _shuffled(
    store: Store | WholeStore,
    augmenter: Augmenter,
    sizes: list[int],
    order_of: Callable[[tf.Tensor], tf.Tensor],
    seed: int,
    epoch: Epoch | None,
    ready: Callable[[tf.Tensor, tf.Tensor], Batch],
) -> tf.data.Dataset:
    """Take each batch of an epoch out of the store by its indices, change it as the file says, and make it `ready`.

    By few functions: TensorFlow prepares each of them anew when an epoch begins, which takes it up to 20 ms.
    """

    def take(numbered: Batch, ends: Batch) -> Batch:
        (number, order), (place, end) = numbered, ends
        index = order[place:end]

        def others(draws: Draws) -> Batch:
            return store.take(draws.whole(tf.shape(index), store.size), draws)

        chosen = store.take(index, Draws.at(seed, number, place).child(CROP))
        return ready(*augmenter.augment(*chosen, number, place, others))

    in_order = each_epoch(epoch, lambda number: index_batches(order_of(number), sizes, number))
    return in_order.map(take, **_PARALLEL)


def _cropped(part: Part, architecture: Architecture, seed: int, number: tf.Tensor) -> tf.data.Dataset:
    """Read the part anew for one epoch, with random crops where the file asks for them."""
    if architecture.input.resize != "random_crop":
        return resized_examples(part, architecture)
    kind, shape = label_kind(architecture), architecture.input.shape

    def crop(place: tf.Tensor, example: tuple[tf.Tensor, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        draws = Draws.at(seed, number, place).child(CROP)
        pictures, labels = WholeStore.of_one(*example, shape, kind).take(tf.zeros([1], tf.int64), draws)
        return pictures[0], labels[0]

    return resized_examples(part, architecture, whole=True).enumerate().map(crop, **_PARALLEL)


def _streamed(
    part: Part, architecture: Architecture, sizes: list[int], seed: int, epoch: Epoch | None, budget: int
) -> tf.data.Dataset:
    """Read the part anew for training, shuffled over as many pictures as the budget holds."""
    kind, augmenter = label_kind(architecture), Augmenter.of(architecture)
    examples = resized_examples(part, architecture)
    # Pictures and masks count; classes and boxes hardly do.
    bytes_each = [spec.shape.num_elements() for spec in examples.element_spec if spec.dtype == tf.uint8]
    buffer = max(1, min(part.size, STREAMED_SHUFFLE if None in bytes_each else budget // sum(bytes_each)))
    places = tf.constant(np.cumsum(sizes) - sizes)

    def in_order(number: tf.Tensor) -> tf.data.Dataset:
        in_batches = _in_batches(
            shuffled(_cropped(part, architecture, seed, number), buffer, seed, number), sizes, kind
        )
        return in_batches.enumerate().map(lambda batch, pair: (number, places[batch], *pair))

    def change(number: tf.Tensor, place: tf.Tensor, images: tf.Tensor, labels: tf.Tensor) -> Batch:
        labels = checked_labels(part, labels, kind)

        def others(draws: Draws) -> Batch:
            index = draws.whole([tf.shape(images)[0]], tf.shape(images)[0])
            return tf.gather(images, index), tf.gather(labels, index)

        return augmenter.augment(images, labels, number, place, others)

    return each_epoch(epoch, in_order).map(change, **_PARALLEL)


def _read(part: Part, architecture: Architecture, sizes: list[int]) -> tf.data.Dataset:
    """Read the part anew, in its own order."""
    kind = label_kind(architecture)
    in_batches = _in_batches(resized_examples(part, architecture), sizes, kind)
    return in_batches.map(lambda images, labels: (images, checked_labels(part, labels, kind)))


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
    # The thread that tunes it sleeps for up to a minute. At the end of an epoch TensorFlow 2.21 may fail to wake it,
    # and waits: of a hundred epochs some ten took up to twice their time.
    options.autotune.enabled = False
    # Workers share no files: each reads everything and takes its own part of every batch.
    options.experimental_distribute.auto_shard_policy = tf.data.experimental.AutoShardPolicy.DATA
    return options
