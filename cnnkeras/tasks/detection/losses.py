"""What a detector is trained by, for every form of head. Imports Keras."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from cnnkeras.layers.detection import SIDES, DetectionHead, GridHead
from cnnkeras.model.backend import fused, fused_rows, sum_over_replicas
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.detection.assignment import assign
from cnnkeras.tasks.detection.boxes import complete_intersection_over_union
from cnnkeras.tasks.detection.decoding import boxes_around, distances
from cnnkeras.tasks.detection.grid import GridLoss
from cnnkeras.tasks.detection.places import centres, levels

# How much each part weighs, as in YOLOv8.
CLASS_WEIGHT = 0.5
BOX_WEIGHT = 7.5
DISTANCE_WEIGHT = 1.5


def detection_loss(architecture: Architecture, output: str) -> keras.losses.Loss:
    """Give the loss of an output's head, for labels `(batch, boxes, 5)` in pixels of the input, −1 being none."""
    layer = architecture.node(output).layer
    if isinstance(layer, GridHead):
        return GridLoss(layer, architecture, output)
    if not isinstance(layer, DetectionHead):
        raise TypeError(f"{output} is no detection head")
    return DetectionLoss(layer.reg_max, *centres(levels(architecture, output)))


class DetectionLoss(keras.losses.Loss):  # type: ignore[misc]  # Keras carries no types
    """Crossentropy of the classes, complete IoU of the boxes, and distribution focal loss of their sides.

    KerasCV's has no distribution focal loss, and divides each replica's sum by that replica's own total. Here all
    three are divided by the total of what is wanted in the whole batch, over all replicas: so the gradient is the
    same however the batch is spread. In float32 always.
    """

    # Read where the loss is spread over replicas: nothing is to be divided again.
    normalizes_over_replicas = True

    def __init__(self, reg_max: int, points: np.ndarray, strides: np.ndarray) -> None:
        super().__init__(name="detection", reduction="sum", dtype="float32")
        self.reg_max, self.points, self.strides = reg_max, points, strides

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Give each picture's part of the loss, `(batch,)`."""
        logits, classes = ops.split(y_pred, [SIDES * self.reg_max], axis=-1)
        boxes, scores = _said(ops.stop_gradient(logits), ops.stop_gradient(classes), self.points, self.strides)
        wanted = assign(y_true, boxes, scores, self.points, self.strides)
        weights = ops.sum(wanted.scores, axis=-1)
        total = ops.maximum(sum_over_replicas(ops.sum(weights)), 1.0)
        sides = _cost_of_sides(logits, wanted.boxes, weights, self.points, self.strides)
        return (_cost_of_classes(classes, wanted.scores) + sides) / total


@fused
def _said(logits: Any, classes: Any, points: Any, strides: Any) -> tuple[Any, Any]:
    """Give the boxes and the scores that the network says."""
    return boxes_around(distances(logits, logits.shape[-1] // SIDES), points, strides), ops.sigmoid(classes)


@fused_rows
def _cost_of_classes(logits: Any, wanted: Any) -> Any:
    """Give the weighed binary crossentropy of each picture, `(batch,)`; it is never infinite."""
    costs = ops.relu(logits) - logits * wanted + ops.softplus(-ops.abs(logits))
    return CLASS_WEIGHT * ops.sum(costs, axis=(1, 2))


@fused_rows
def _cost_of_sides(logits: Any, wanted: Any, weights: Any, points: Any, strides: Any) -> Any:
    """Give what the boxes of each picture cost, `(batch,)`, each place as much as its weight."""
    reg_max = logits.shape[-1] // SIDES
    boxes = boxes_around(distances(logits, reg_max), points, strides)
    unlike = BOX_WEIGHT * (1 - complete_intersection_over_union(boxes, wanted))
    sides = ops.concatenate([points - wanted[..., :2], wanted[..., 2:] - points], axis=-1) / ops.tile(strides, (1, 2))
    return ops.sum((unlike + DISTANCE_WEIGHT * _distribution_focal(logits, sides, reg_max)) * weights, axis=1)


def _distribution_focal(logits: Any, sides: Any, reg_max: int) -> Any:
    """Give the distribution focal loss `(batch, places)`, the mean of the four sides, which are in strides.

    A distance between two whole numbers of strides is to be both, the nearer the more (arXiv:2006.04388, equation 6).
    """
    wanted = ops.clip(sides, 0.0, reg_max - 1 - 0.01)
    shares = ops.maximum(1.0 - ops.abs(wanted[..., None] - np.arange(reg_max, dtype=np.float32)), 0.0)
    logits = ops.reshape(logits, (-1, ops.shape(logits)[1], SIDES, reg_max))
    return -ops.mean(ops.sum(shares * ops.log_softmax(logits, axis=-1), axis=-1), axis=-1)
