"""Lets rare classes count in training: by weights in its loss, or by showing their pictures more often."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from cnnkeras.datasets.keeping import kept
from cnnkeras.datasets.labels import label_kind
from cnnkeras.datasets.order import permutation
from cnnkeras.datasets.reading import reading
from cnnkeras.datasets.source import Part
from cnnkeras.datasets.store import Store, resized_examples
from cnnkeras.datasets.whole import WholeStore
from cnnkeras.errors import RunError
from cnnkeras.spec.architecture import Architecture

CHUNK = 256


def class_weights(part: Part, architecture: Architecture) -> np.ndarray | None:
    """Give each class's weight, float32 `(classes,)`; None where the file wants none.

    It is the mean amount of a class over its own: pictures or, in masks, pixels. So the mean weight over everything
    that is learned from is 1. A class that train lacks weighs nothing.
    """
    if architecture.data is None or architecture.data.balance != "weights":
        return None
    count = architecture.num_classes or 0
    amounts = np.zeros(count, np.int64)
    for labels in _labels(part, architecture):
        numbers = labels[labels < count].reshape(-1).astype(np.int64)
        amounts += np.bincount(numbers, minlength=count)
    mean = amounts.sum() / max(1, np.count_nonzero(amounts))
    weights: np.ndarray = np.divide(mean, amounts, out=np.zeros(count), where=amounts > 0)
    return weights.astype(np.float32)


def weigh(labels: tf.Tensor, weights: np.ndarray, output: Sequence[int | None]) -> tf.Tensor:
    """Give what each label counts, float32: of class numbers `(batch,)`, of shares `(batch, classes)`, of masks.

    The weights of masks are cut to the middle, as masks are, where an `output` `(batch, height, width, …)` is smaller.
    """
    table = tf.constant(weights)
    if labels.dtype.is_floating:
        return tf.linalg.matvec(tf.cast(labels, tf.float32), table)
    numbers = tf.cast(labels, tf.int32)
    known = numbers < len(weights)
    found = tf.where(known, tf.gather(table, tf.where(known, numbers, 0)), 0.0)
    for axis in range(1, labels.shape.rank):
        found = _middle(found, axis, output[axis])
    return found


def _middle(weights: tf.Tensor, axis: int, wanted: int | None) -> tf.Tensor:
    given = weights.shape[axis]
    if wanted is None or given is None or given == wanted:
        return weights
    first = (given - wanted) // 2
    return tf.gather(weights, tf.range(first, first + wanted), axis=axis)


@dataclass(frozen=True, eq=False)
class Rates:
    """How often each example is shown, in any unit, float64 `(size,)`, and which belong together, int64 `(size,)`."""

    rates: np.ndarray
    groups: np.ndarray

    def order(self, seed: int, number: tf.Tensor) -> tf.Tensor:
        """Choose and shuffle as many examples as there are for one epoch, a function of seed and number.

        The examples stand in a line, each as long as its rate, group by group and in another order every epoch; points
        at equal distances choose among them (systematic sampling). So each group gets its share to the nearest
        example, and none of it comes twice before all of it came once.
        """
        size = len(self.rates)
        line = permutation(size, seed, number)
        line = tf.gather(line, tf.argsort(tf.gather(tf.constant(self.groups), line), stable=True))
        ends = tf.cumsum(tf.gather(tf.constant(self.rates), line))
        start = tf.random.stateless_uniform((), tf.stack([tf.constant(seed, tf.int64), number]), dtype=tf.float64)
        points = (tf.range(size, dtype=tf.float64) + start) * (ends[-1] / size)
        chosen = tf.minimum(tf.searchsorted(ends, points, side="right"), size - 1)
        # The shuffle of another epoch than any that there is.
        return tf.gather(tf.gather(line, chosen), permutation(size, seed, -1 - number))


def rates(part: Part, architecture: Architecture) -> Rates | None:
    """Give how often each example of a part is shown; None where the file does not want to resample.

    By class every one is shown as often as any other. A picture with masks or boxes is shown as often as the rarest
    class in it asks for: √(1/f), f the share of the pictures with that class (Gupta, Dollár and Girshick, LVIS, 2019,
    with t = 1).
    """
    if architecture.data is None or architecture.data.balance != "resample":
        return None
    if kept(part, architecture, training=True) is None:
        message = "the pictures fit neither into memory nor onto the disk, and can't be shown in any order"
        raise RunError(f"data: {message}", 'use "balance": "weights", or make room')
    count = architecture.num_classes or 0
    if label_kind(architecture) == "class":
        numbers = np.concatenate([*_labels(part, architecture)]).astype(np.int64)
        return Rates(1 / np.bincount(numbers, minlength=count)[numbers], numbers)
    shown = np.concatenate([_present(labels, count) for labels in _labels(part, architecture)])
    share = shown.mean(axis=0)
    wanted = np.sqrt(np.divide(1, share, out=np.zeros(count), where=share > 0))
    return Rates(np.maximum((shown * wanted).max(axis=1, initial=0), 1.0), np.zeros(len(shown), np.int64))


def epoch_order(part: Part, architecture: Architecture, seed: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """Give what chooses the examples of an epoch by its number, and their order."""
    found = rates(part, architecture)
    if found is None:
        return lambda number: permutation(part.size, seed, number)
    return lambda number: found.order(seed, number)


def describe_balance(part: Part, architecture: Architecture, class_names: Sequence[str]) -> list[str]:
    """Say what is done about classes that are rarer than others."""
    weights = class_weights(part, architecture)
    if weights is not None:
        order = np.argsort(weights, kind="stable")
        least, most = (f'{weights[index]:.3g} ("{class_names[index]}")' for index in (order[0], order[-1]))
        return [f"balance: in training's loss the classes weigh from {least} to {most}"]
    found = rates(part, architecture)
    if found is None:
        return []
    times = found.rates / found.rates.mean()
    return [f"balance: an epoch shows a picture {times.min():.2g} to {times.max():.2g} times, by its rarest class"]


def _labels(part: Part, architecture: Architecture) -> Iterator[np.ndarray]:
    """Give the labels of a part in its order, some at a time."""
    store = kept(part, architecture, training=True)
    if isinstance(store, WholeStore) and store.kind != "mask":
        yield store.labels.numpy()
        return
    if isinstance(store, Store):
        for start in range(0, part.size, CHUNK):
            yield store.take(tf.range(start, min(start + CHUNK, part.size)))[1].numpy()
        return
    examples = resized_examples(part, architecture).map(lambda _, label: label)
    with reading(part):
        for label in examples.prefetch(tf.data.AUTOTUNE).as_numpy_iterator():
            yield np.asarray(label)[np.newaxis]


def _present(labels: np.ndarray, count: int) -> np.ndarray:
    """Tell which classes are in each mask, or among the boxes of each picture: bool `(batch, classes)`."""
    numbers: Any = labels[..., 4] if labels.dtype.kind == "f" else labels
    flat = numbers.reshape(len(numbers), -1)
    return np.stack([(flat == number).any(axis=1) for number in range(count)], axis=1)
