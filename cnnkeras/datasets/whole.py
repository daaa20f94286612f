"""Keeps whole pictures of any size, from which training takes pieces at random: decoded once, one byte a number.

All pictures stand in one row of bytes, so that they need not be of one size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import tensorflow as tf

from cnnkeras.datasets.augmentation.draws import Draws
from cnnkeras.datasets.buffers import Growing, NoRoom
from cnnkeras.datasets.checks import check_labels
from cnnkeras.datasets.labels import NO_BOX, cut, label_kind
from cnnkeras.datasets.memory import picture_budget
from cnnkeras.datasets.reading import reading, wrong_count
from cnnkeras.datasets.source import Part
from cnnkeras.datasets.store import resized_examples, together
from cnnkeras.datasets.tiling import known_at, mirrored_at
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.input import InputSection
from cnnkeras.spec.label import Label

# Pictures that are moved at once while a store is filled.
CHUNK = 64


@dataclass(frozen=True)
class WholeStore:
    """Whole pictures of a part, and what is cut out of them.

    `pictures` is uint8 `(bytes,)`; `starts` tells where each begins, in pixels, `sizes` its height and width. `labels`
    are int64 `(size,)`, boxes in pixels of the whole picture, or masks as one row of bytes.
    """

    pictures: tf.Tensor
    labels: tf.Tensor
    starts: tf.Tensor
    sizes: tf.Tensor
    shape: tuple[int, int, int]
    kind: Label
    on_disk: bool

    @property
    def size(self) -> int:
        """Give how many pictures there are."""
        return int(self.sizes.shape[0])

    @property
    def bytes(self) -> int:
        """Give how much the pictures take."""
        return int(tf.size(self.pictures, tf.int64))

    @classmethod
    def of_one(cls, picture: tf.Tensor, label: tf.Tensor, shape: Any, kind: Label) -> WholeStore:
        """Give the store of a single picture and its label, as they are on their way."""
        flat, size, labels = _flat(picture, label)
        labels = labels if kind == "mask" else labels[tf.newaxis]
        return cls(flat, labels, tf.zeros([1], tf.int64), size[tf.newaxis], shape, kind, False)

    def owners(self, crops: int) -> tf.Tensor:
        """Tell from which picture each of so many crops is taken: one from each, the rest by their areas."""
        areas = np.cumsum(np.prod(self.sizes, axis=-1))
        more = max(crops - len(areas), 0)
        rest = np.searchsorted(areas, (np.arange(more) + 0.5) / max(more, 1) * areas[-1], side="right")
        return tf.constant(np.concatenate([np.arange(len(areas)), rest])[:crops])

    def take(self, indices: tf.Tensor, draws: Draws) -> tuple[tf.Tensor, tf.Tensor]:
        """Give pieces of the network's size of the pictures at these places, and their labels."""
        height, width, channels = self.shape
        shares = draws.uniform([tf.shape(indices)[0], 2])
        size = tf.gather(self.sizes, indices)
        room = tf.maximum(size - [height, width], 0) + 1
        corners = tf.minimum(tf.cast(shares * tf.cast(room, tf.float32), tf.int64), room - 1)
        places = (tf.gather(self.starts, indices), size, corners)
        pictures = self._pieces(self.pictures, channels, *places)
        if self.kind == "class":
            return pictures, tf.gather(self.labels, indices)
        if self.kind == "boxes":
            return pictures, self._boxes(tf.gather(self.labels, indices), corners)
        return pictures, self._pieces(self.labels, 1, *places)[..., 0]

    def _pieces(
        self, values: tf.Tensor, channels: int, starts: tf.Tensor, sizes: tf.Tensor, corners: tf.Tensor
    ) -> tf.Tensor:
        height, width, _ = self.shape

        def piece(given: tuple[tf.Tensor, tf.Tensor, tf.Tensor]) -> tf.Tensor:
            start, size, corner = given
            rows = tf.minimum(size[0], height)
            # Only the rows that are asked for are touched: pictures can be large, and lie on the disk.
            begin = (start + corner[0] * size[1]) * channels
            read = tf.reshape(tf.slice(values, [begin], [rows * size[1] * channels]), [rows, size[1], channels])
            return _filled(read[:, corner[1] : corner[1] + width], height, width, values is self.labels)

        spec = tf.TensorSpec((height, width, channels), tf.uint8)
        return tf.map_fn(piece, (starts, sizes, corners), fn_output_signature=spec)

    def _boxes(self, rows: tf.Tensor, corners: tf.Tensor) -> tf.Tensor:
        height, width, _ = self.shape
        shift = tf.cast(tf.gather(corners, [1, 0, 1, 0], axis=-1), tf.float32)[:, tf.newaxis]
        moved = tf.concat([rows[..., :4] - shift, rows[..., 4:]], axis=-1)
        inside, remains = cut(moved, height, width)
        return tf.where((remains & (rows[..., 4] >= 0))[..., tf.newaxis], inside, NO_BOX)


def _filled(piece: tf.Tensor, height: int, width: int, void: bool) -> tf.Tensor:
    """Mirror what a picture lacks below and at the right; in masks it is void."""
    rows, columns = tf.range(height), tf.range(width)
    whole = known_at(piece[..., 0], rows, columns)[..., tf.newaxis] if void else mirrored_at(piece, rows, columns)
    return tf.ensure_shape(whole, (height, width, piece.shape[2]))


_STORES: WeakKeyDictionary[Part, dict[tuple[InputSection, Label], WholeStore]] = WeakKeyDictionary()


def whole_stored(part: Part, architecture: Architecture, budget: int | None = None) -> WholeStore | None:
    """Give a part's store of whole pictures, filling it the first time; None where there is no room for it.

    Raises RunError where an example can't be read or its label is out of range.
    """
    kept = _STORES.setdefault(part, {})
    key = (architecture.input, label_kind(architecture))
    if key not in kept:
        try:
            kept[key] = _filled_store(part, architecture, picture_budget() if budget is None else budget)
        except NoRoom:
            return None
    return kept[key]


def _filled_store(part: Part, architecture: Architecture, budget: int) -> WholeStore:
    kind, channels = label_kind(architecture), architecture.input.shape[2]
    # A mask has a byte for each pixel, as a picture has for each channel.
    share = budget * channels // (channels + 1) if kind == "mask" else budget
    pictures, masks = Growing(share), Growing(budget - share)
    sizes, labels, count = [], [], 0
    examples = resized_examples(part, architecture, whole=True).map(_flat).ragged_batch(CHUNK).prefetch(2)
    with reading(part):
        for some_pictures, some_sizes, some_labels in examples:
            start, count = count, count + len(some_sizes)
            if count > part.size:
                raise wrong_count(part, "more")
            pictures.append(_bytes(some_pictures))
            sizes.append(some_sizes.numpy())
            if kind == "mask":
                masks.append(_checked_masks(part, some_labels, start))
                continue
            dense = some_labels.to_tensor(NO_BOX) if isinstance(some_labels, tf.RaggedTensor) else some_labels
            check_labels(part, dense.numpy(), kind, start)
            labels.append(dense.numpy())
    if count < part.size:
        raise wrong_count(part, f"{count:,}")
    whole_sizes = np.concatenate(sizes)
    pixels = np.prod(whole_sizes, axis=-1)
    others = together(labels) if kind == "boxes" else np.concatenate(labels) if labels else None
    return WholeStore(
        pictures.tensor(),
        masks.tensor() if others is None else tf.constant(others),
        tf.constant(np.cumsum(pixels) - pixels),
        tf.constant(whole_sizes),
        architecture.input.shape,  # type: ignore[arg-type]  # the section takes no free sides for crops
        kind,
        pictures.on_disk,
    )


def _flat(picture: tf.Tensor, label: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    size = tf.shape(picture, tf.int64)[:2]
    return tf.reshape(picture, [-1]), size, tf.reshape(label, [-1]) if label.dtype == tf.uint8 else label


def _bytes(values: tf.Tensor | tf.RaggedTensor) -> np.ndarray:
    flat = values.flat_values if isinstance(values, tf.RaggedTensor) else tf.reshape(values, [-1])
    return np.asarray(flat)


def _checked_masks(part: Part, masks: tf.Tensor | tf.RaggedTensor, start: int) -> np.ndarray:
    for number, mask in enumerate(masks):
        check_labels(part, mask.numpy()[np.newaxis, np.newaxis], "mask", start + number)
    return _bytes(masks)
