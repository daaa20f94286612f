"""From the label that an example has to the one that the network is trained on, as its picture goes to the input."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf

from cnnkeras.datasets.places import boxes_to_input, clipped, placed
from cnnkeras.datasets.preparation import resize_masks
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.input import InputSection
from cnnkeras.spec.label import Label

# A box that is cut stays one where at least this share of its area is left: less is no longer to be recognized
# (Ultralytics and Albumentations take the same).
LEAST_SHARE = 0.1
# The pictures of a batch and their labels.
Batch = tuple[tf.Tensor, tf.Tensor]
# Fills the rows of a picture that has fewer boxes than another.
NO_BOX = -1.0


def label_kind(architecture: Architecture) -> Label:
    """Tell what the labels are, as the task says; an architecture without a task has none to ask."""
    return architecture.task.label if architecture.task else "class"


def network_label(
    example: Mapping[str, tf.Tensor], section: InputSection, kind: Label, whole: bool = False
) -> tf.Tensor:
    """Give one example's label in the network's input.

    That is its class number; its mask, uint8 `(height, width)`; or its boxes, float32 `(boxes, 5)`: left, top, right
    and bottom in pixels of the input, and the class. A picture without a box has one row, all of NO_BOX.
    With `whole` it is that of the resized picture, from which crops are taken.
    """
    if kind == "boxes":
        boxes, classes = example["boxes"], example["classes"]
        if "crowd" in example:
            # An outline of many together is no object to learn; evaluation passes over what is found in it.
            single = example["crowd"] == 0
            boxes, classes = tf.boolean_mask(boxes, single), tf.boolean_mask(classes, single)
        return box_rows(boxes, classes, tf.shape(example["image"], tf.int64)[:2], section, whole)
    label = example["label"]
    if kind == "class":
        return label
    # Files of masks are read as pictures of one channel.
    label = tf.cast(label if label.shape.rank == 2 else label[..., 0], tf.uint8)
    return resize_masks(label[tf.newaxis], section, whole)[0]


def box_rows(
    boxes: tf.Tensor, classes: tf.Tensor, size: tf.Tensor, section: InputSection, whole: bool = False
) -> tf.Tensor:
    """Give the boxes `(n, 4)` of a picture of that size, with their classes `(n,)`, as rows in the network's input."""
    place = placed(size[0], size[1], section, whole)
    moved = boxes_to_input(tf.cast(boxes, tf.float32), size, section, whole)
    rows = tf.concat([moved, tf.cast(classes, tf.float32)[:, tf.newaxis]], axis=-1)
    left = tf.boolean_mask(*cut(rows, place.height, place.width))
    return tf.ensure_shape(at_least_one(left), (None, 5))


def cut(rows: tf.Tensor, height: tf.Tensor, width: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Give rows of boxes `(…, 5)` cut at the borders of a picture of that size, and which of them remain `(…,)`.

    One remains where it has an area, and at least LEAST_SHARE of it lies inside.
    """
    inside = clipped(rows[..., :4], height, width)
    whole, remaining = _area(rows), _area(inside)
    return tf.concat([inside, rows[..., 4:]], axis=-1), (remaining > 0) & (remaining >= LEAST_SHARE * whole)


def at_least_one(rows: tf.Tensor) -> tf.Tensor:
    """Give the same rows `(n, 5)`; where there is none, one without a box."""
    return tf.pad(rows, [[0, tf.maximum(1 - tf.shape(rows)[0], 0)], [0, 0]], constant_values=NO_BOX)


def _area(boxes: tf.Tensor) -> tf.Tensor:
    return tf.maximum(boxes[..., 2] - boxes[..., 0], 0.0) * tf.maximum(boxes[..., 3] - boxes[..., 1], 0.0)
