"""From a head's numbers to boxes and scores. Imports Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
from keras import ops

from cnnkeras.layers.detection import SIDES, DetectionHead, GridHead
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.detection.places import centres, levels


def decode(outputs: Any, architecture: Architecture) -> tuple[Any, Any]:
    """Give the boxes and scores of the main output `(batch, rows, numbers)`.

    Boxes float32 `(batch, places, 4)` are left, top, right, bottom in pixels of the network's input, scores float32
    `(batch, places, classes)` between 0 and 1. A grid with several boxes a cell has as many places a row.
    Raises TypeError where the output is no detection head's.
    """
    name = architecture.outputs[0]
    layer = architecture.node(name).layer
    outputs = ops.cast(outputs, "float32")
    if isinstance(layer, DetectionHead):
        points, strides = centres(levels(architecture, name))
        logits = outputs[..., : SIDES * layer.reg_max]
        return boxes_around(distances(logits, layer.reg_max), points, strides), ops.sigmoid(
            outputs[..., SIDES * layer.reg_max :]
        )
    if isinstance(layer, GridHead):
        return _decode_grid(outputs, layer, architecture, name)
    raise TypeError(f"{name} is no detection head")


def distances(logits: Any, reg_max: int) -> Any:
    """Give the expected distances of the four sides `(…, 4)`, in strides, from logits `(…, 4 · reg_max)`."""
    shares = ops.softmax(ops.reshape(logits, (-1, ops.shape(logits)[1], SIDES, reg_max)), axis=-1)
    return ops.sum(shares * np.arange(reg_max, dtype=np.float32), axis=-1)


def boxes_around(found: Any, points: np.ndarray, strides: np.ndarray) -> Any:
    """Give boxes `(…, places, 4)` whose sides lie so many strides from the points `(places, 2)`."""
    return ops.concatenate([points - found[..., :2] * strides, points + found[..., 2:] * strides], axis=-1)


def _decode_grid(outputs: Any, layer: GridHead, architecture: Architecture, name: str) -> tuple[Any, Any]:
    boxes, confidences, classes = grid_parts(outputs, layer, architecture, name)
    count, cells = layer.boxes, outputs.shape[1]
    scores = confidences[..., None] * classes[:, :, None, :]
    return ops.reshape(boxes, (-1, cells * count, SIDES)), ops.reshape(scores, (-1, cells * count, classes.shape[-1]))


def grid_parts(outputs: Any, layer: GridHead, architecture: Architecture, name: str) -> tuple[Any, Any, Any]:
    """Give boxes `(batch, cells, boxes, 4)`, confidences `(batch, cells, boxes)` and classes `(batch, cells, classes)`.

    The network's numbers are taken as they are, as in the paper, but cut to 0 and 1 where they mean shares.
    """
    level = levels(architecture, name)[0]
    points, strides = centres([level])
    height, width = architecture.input.shape[:2]
    own = ops.reshape(outputs[..., : 5 * layer.boxes], (-1, outputs.shape[1], layer.boxes, 5))
    corners = (points - strides / 2)[:, None, :]
    middle = corners + ops.clip(own[..., :2], 0.0, 1.0) * strides[:, None, :]
    half = ops.clip(own[..., 2:4], 0.0, 1.0) * np.array([width, height], np.float32) / 2
    boxes = ops.concatenate([middle - half, middle + half], axis=-1)
    return boxes, ops.clip(own[..., 4], 0.0, 1.0), ops.clip(outputs[..., 5 * layer.boxes :], 0.0, 1.0)
