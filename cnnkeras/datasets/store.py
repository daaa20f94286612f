"""Keeps a part's pictures at the network's size, one byte a number: decoded and resized once, read many times.

In memory where they fit the budget, else in a file that the system maps into memory and drops when the process
ends. Both are one tensor, so any example can be taken at any time and the shuffle has no buffer.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import tensorflow as tf

from cnnkeras.datasets.checks import check_labels
from cnnkeras.datasets.memory import picture_budget
from cnnkeras.datasets.preparation import resize_to
from cnnkeras.datasets.reading import reading, wrong_count
from cnnkeras.datasets.source import Part
from cnnkeras.spec.input import InputSection

# Pictures that are moved at once while a store is filled.
CHUNK = 256
# Tensors share memory with arrays that begin at a multiple of this (EIGEN_MAX_ALIGN_BYTES).
ALIGNMENT = 64


@dataclass(frozen=True)
class Store:
    """The pictures of a part, uint8 `(size, height, width, channels)`, and their labels, in the part's order."""

    images: tf.Tensor
    labels: tf.Tensor


# Training, evaluation and the figures ask for the same part; it is decoded for the first of them.
_STORES: WeakKeyDictionary[Part, dict[InputSection, Store]] = WeakKeyDictionary()


def stored(part: Part, section: InputSection, budget: int | None = None) -> Store | None:
    """Give a part's store, filling it the first time; None where the part has to be read anew every epoch.

    That is where its pictures differ in size, and where they fit neither `budget` (bytes of memory) nor the disk.
    Raises RunError where an example can't be read or its label is out of range.
    """
    kept = _STORES.setdefault(part, {})
    if section not in kept:
        examples = resized_examples(part, section)
        shape = examples.element_spec[0].shape
        array = _allocate((part.size, *shape), budget) if shape.is_fully_defined() else None
        if array is None:
            return None
        kept[section] = _fill(array, part, examples)
    return kept[section]


def resized_examples(part: Part, section: InputSection) -> tf.data.Dataset:
    """Give (uint8 picture at the network's size, label) for every example of a part, in its order."""

    def resize(example: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        return resize_to(example["image"][tf.newaxis], section)[0], example["label"]

    return part.examples().map(resize, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def _allocate(shape: tuple[int, ...], budget: int | None) -> np.ndarray | None:
    """Give an array in memory, else in a file that has no name and vanishes with it, else None."""
    size = int(np.prod(shape, dtype=np.int64))
    if size <= (picture_budget() if budget is None else budget):
        raw = np.empty(size + ALIGNMENT, np.uint8)
        start = -raw.ctypes.data % ALIGNMENT
        return raw[start : start + size].reshape(shape)
    # Twice, so that what else is written there has room too.
    if 2 * size > shutil.disk_usage(tempfile.gettempdir()).free:
        return None
    with tempfile.TemporaryFile(prefix="cnnkeras") as file:
        return np.memmap(file, np.uint8, "w+", shape=shape)


def _fill(array: np.ndarray, part: Part, examples: tf.data.Dataset) -> Store:
    labels: list[np.ndarray] = []
    count = 0
    with reading(part):
        for images, some_labels in examples.batch(CHUNK).prefetch(2):
            start, count = count, count + len(some_labels)
            if count > part.size:
                raise wrong_count(part, "more")
            array[start:count] = images
            labels.append(some_labels.numpy())
    if count < part.size:
        raise wrong_count(part, f"{count:,}")
    check_labels(part, np.concatenate(labels))
    with tf.device("CPU:0"):
        return Store(tf.experimental.dlpack.from_dlpack(array.__dlpack__()), tf.constant(np.concatenate(labels)))
