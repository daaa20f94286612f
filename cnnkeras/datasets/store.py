"""Keeps a part's pictures at the network's size, one byte a number: decoded and resized once, read many times.

In memory where they fit the budget, else in a file that the system maps into memory and drops when the process
ends. Both are one tensor, so any example can be taken at any time and the shuffle has no buffer.
"""

from __future__ import annotations

import math
import shutil
import tempfile
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import tensorflow as tf

from cnnkeras.datasets.buffers import aligned, as_tensor, mapped
from cnnkeras.datasets.checks import check_labels
from cnnkeras.datasets.labels import NO_BOX, label_kind, network_label
from cnnkeras.datasets.memory import picture_budget
from cnnkeras.datasets.preparation import resize_to
from cnnkeras.datasets.reading import reading, wrong_count
from cnnkeras.datasets.source import Part
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.input import InputSection
from cnnkeras.spec.label import Label

# Pictures that are moved at once while a store is filled.
CHUNK = 256


@dataclass(frozen=True)
class Store:
    """The pictures of a part, uint8 `(size, height, width, channels)`, and their labels, in the part's order.

    Labels are int64 `(size,)`, masks, uint8 `(size, height, width)`, or boxes, float32 `(size, most boxes, 5)`.
    """

    images: tf.Tensor
    labels: tf.Tensor
    on_disk: bool

    @property
    def size(self) -> int:
        """Give how many examples there are."""
        return int(self.images.shape[0])

    @property
    def bytes(self) -> int:
        """Give how much the pictures take."""
        return int(tf.size(self.images, tf.int64))

    def take(self, indices: tf.Tensor, draws: object = None) -> tuple[tf.Tensor, tf.Tensor]:  # noqa: ARG002
        """Give the examples at these places. They have the network's size, and nothing is drawn."""
        return tf.gather(self.images, indices), tf.gather(self.labels, indices)


# Training, evaluation and the figures ask for the same part; it is decoded for the first of them.
_STORES: WeakKeyDictionary[Part, dict[tuple[InputSection, Label], Store]] = WeakKeyDictionary()


def stored(part: Part, architecture: Architecture, budget: int | None = None) -> Store | None:
    """Give a part's store, filling it the first time; None where the part has to be read anew every epoch.

    That is where its pictures differ in size, and where they fit neither `budget` (bytes of memory) nor the disk.
    Raises RunError where an example can't be read or its label is out of range.
    """
    kept = _STORES.setdefault(part, {})
    kind = label_kind(architecture)
    key = (architecture.input, kind)
    if key not in kept:
        examples = resized_examples(part, architecture)
        # How many boxes there are is known last, and they are small.
        specs = [spec for spec in examples.element_spec if kind != "boxes" or spec.dtype == tf.uint8]
        arrays, on_disk = _allocate([((part.size, *spec.shape), spec.dtype) for spec in specs], budget)
        if arrays is None:
            return None
        kept[key] = _fill(arrays, on_disk, part, examples, kind)
    return kept[key]


def resized_examples(part: Part, architecture: Architecture, whole: bool = False) -> tf.data.Dataset:
    """Give (uint8 picture at the network's size, label) for every example of a part, in its order.

    A mask and boxes go where their picture goes. With `whole` nothing is cropped yet.
    """
    section, kind = architecture.input, label_kind(architecture)

    def resize(example: dict[str, tf.Tensor]) -> tuple[tf.Tensor, tf.Tensor]:
        picture = resize_to(example["image"][tf.newaxis], section, whole)[0]
        return picture, network_label(example, section, kind, whole)

    return part.examples().map(resize, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)


def in_batches(examples: tf.data.Dataset, size: int, kind: Label) -> tf.data.Dataset:
    """Put so many (picture, label) together; boxes are filled up to the most that one of them has."""
    if kind != "boxes":
        return examples.batch(size)
    shapes = tuple(spec.shape for spec in examples.element_spec)
    return examples.padded_batch(size, shapes, (tf.constant(0, tf.uint8), NO_BOX))


def _allocate(
    wanted: list[tuple[tuple[int | None, ...], tf.DType]], budget: int | None
) -> tuple[list[np.ndarray] | None, bool]:
    """Give arrays in memory where all of them fit, else in files that have no name and vanish with them, else None.

    Tell too whether they are on the disk.
    """
    shapes = [tuple(side for side in shape if side is not None) for shape, _ in wanted]
    if any(None in shape for shape, _ in wanted):
        return None, False
    sizes = [math.prod(shape) * dtype.size for shape, (_, dtype) in zip(shapes, wanted, strict=True)]
    on_disk = sum(sizes) > (picture_budget() if budget is None else budget)
    if not on_disk:
        raws = [aligned(size) for size in sizes]
    # Twice, so that what else is written there has room too.
    elif 2 * sum(sizes) > shutil.disk_usage(tempfile.gettempdir()).free:
        return None, False
    else:
        raws = [mapped(size) for size in sizes]
    arrays = [raw.view(dtype.as_numpy_dtype).reshape(shape) for raw, (shape, dtype) in zip(raws, wanted, strict=True)]
    return arrays, on_disk


def _fill(arrays: list[np.ndarray], on_disk: bool, part: Part, examples: tf.data.Dataset, kind: Label) -> Store:
    images, *masks_or_classes = arrays
    boxes: list[np.ndarray] = []
    count = 0
    with reading(part):
        for some_images, some_labels in in_batches(examples, CHUNK, kind).prefetch(2):
            start, count = count, count + len(some_labels)
            if count > part.size:
                raise wrong_count(part, "more")
            images[start:count] = some_images
            check_labels(part, some_labels.numpy(), kind, start)
            if kind == "boxes":
                boxes.append(some_labels.numpy())
            else:
                masks_or_classes[0][start:count] = some_labels
    if count < part.size:
        raise wrong_count(part, f"{count:,}")
    labels = together(boxes) if kind == "boxes" else masks_or_classes[0]
    return Store(as_tensor(images), as_tensor(labels), on_disk)


def together(boxes: list[np.ndarray]) -> np.ndarray:
    """Put batches of rows of boxes into one array, filled up to the most that one picture has."""
    shape = (sum(map(len, boxes)), max((some.shape[1] for some in boxes), default=1), 5)
    together = aligned(4 * math.prod(shape)).view(np.float32).reshape(shape)
    together[:] = NO_BOX
    start = 0
    for some in boxes:
        together[start : start + len(some), : some.shape[1]] = some
        start += len(some)
    return together
