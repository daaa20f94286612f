"""The loss of the first YOLO (Redmon et al. 2016, arXiv:1506.02640, equation 3). Imports Keras."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops

from cnnkeras.layers.detection import GridHead
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.detection.boxes import intersection_over_union
from cnnkeras.tasks.detection.decoding import grid_parts
from cnnkeras.tasks.detection.places import levels


class GridLoss(keras.losses.Loss):  # type: ignore[misc]  # Keras carries no types
    """Squared errors: of the box that is responsible for an object, of confidences, of the classes of its cell.

    The cell that an object's centre lies in is responsible, and in it the box that overlaps it most. Of several
    objects in a cell the last one counts. A picture's loss is the sum over its cells.
    """

    def __init__(self, layer: GridHead, architecture: Architecture, output: str) -> None:
        super().__init__(name="grid", reduction="sum_over_batch_size", dtype="float32")
        self.layer, self.architecture, self.output_name = layer, architecture, output
        self.level = levels(architecture, output)[0]

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Give the loss of each picture, `(batch,)`."""
        there, truth, kinds = self._cells(y_true, y_pred.shape[-1] - 5 * self.layer.boxes)
        boxes, _, _ = grid_parts(ops.stop_gradient(y_pred), self.layer, self.architecture, self.output_name)
        overlaps = intersection_over_union(boxes, truth[:, :, None, :])
        best = ops.one_hot(ops.argmax(overlaps, axis=-1), self.layer.boxes, dtype="float32")
        responsible = best * there[..., None]
        own = ops.reshape(y_pred[..., : 5 * self.layer.boxes], (-1, y_pred.shape[1], self.layer.boxes, 5))
        wanted = self._wanted(truth)
        places = ops.sum(ops.square(own[..., :4] - wanted[..., :4]) * _SQUARES, axis=-1)
        confidence = ops.square(own[..., 4] - responsible * overlaps)
        parts = (
            self.layer.box_weight * responsible * (places + _roots(own, wanted))
            + (responsible + self.layer.no_object_weight * (1 - responsible)) * confidence
        )
        classes = ops.sum(ops.square(y_pred[..., 5 * self.layer.boxes :] - kinds), axis=-1) * there
        return ops.sum(ops.sum(parts, axis=-1) + classes, axis=-1)

    def _cells(self, labels: Any, classes: int) -> tuple[Any, Any, Any]:
        """Give for each cell whether an object is there, its box and its class, one-hot."""
        real = labels[..., 4] >= 0
        vertical, horizontal = self.level.strides
        column = ops.clip(ops.floor((labels[..., 0] + labels[..., 2]) / 2 / horizontal), 0, self.level.columns - 1)
        row = ops.clip(ops.floor((labels[..., 1] + labels[..., 3]) / 2 / vertical), 0, self.level.rows - 1)
        cells = self.level.rows * self.level.columns
        place = ops.cast(row * self.level.columns + column, "int32")
        in_cell = ops.one_hot(place, cells, dtype="float32") * ops.cast(real, "float32")[..., None]
        # The last of a cell: it has the largest number.
        number = ops.cast(ops.arange(1, ops.shape(labels)[1] + 1), "float32")[None, :, None]
        ordered = in_cell * number
        last = in_cell * ops.cast(ordered == ops.max(ordered, axis=1, keepdims=True), "float32")
        by_cell = ops.transpose(last, (0, 2, 1))
        kinds = ops.one_hot(ops.cast(ops.maximum(labels[..., 4], 0), "int32"), classes, dtype="float32")
        return ops.sum(by_cell, axis=-1), ops.matmul(by_cell, labels[..., :4]), ops.matmul(by_cell, kinds)

    def _wanted(self, truth: Any) -> Any:
        """Give `(batch, cells, 1, 4)`: a box's centre within its cell, its sides as shares of the picture's."""
        vertical, horizontal = self.level.strides
        strides = np.array([horizontal, vertical], np.float32)
        height, width = self.architecture.input.shape[:2]
        centre = (truth[..., :2] + truth[..., 2:]) / 2 / strides
        size = (truth[..., 2:] - truth[..., :2]) / np.array([width, height], np.float32)
        return ops.concatenate([centre - ops.floor(centre), size], axis=-1)[:, :, None, :]


# Centres are compared as they are, sizes by their roots.
_SQUARES = np.array([1, 1, 0, 0], np.float32)


def _roots(own: Any, wanted: Any) -> Any:
    """Give the squared difference of the roots of widths and heights: a pixel counts more in a small box.

    A number below 0 has no root: its own square root's mirror pulls it up.
    """
    signed = ops.sign(own[..., 2:4]) * ops.sqrt(ops.abs(own[..., 2:4]) + 1e-6)
    return ops.sum(ops.square(signed - ops.sqrt(ops.maximum(wanted[..., 2:4], 0.0) + 1e-6)), axis=-1)
