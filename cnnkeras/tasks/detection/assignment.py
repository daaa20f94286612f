"""Which places of a detector are to find which boxes: task-aligned assignment.

Feng et al., "TOOD: task-aligned one-stage object detection", arXiv:2108.07755, section 3.3. A place is the better for
a box, the higher its score of the box's class and the more its own box overlaps it: score^α · IoU^β.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from keras import ops

from cnnkeras.tasks.detection.boxes import intersection_over_union

TOP = 10
ALPHA = 0.5
BETA = 6.0


class Assigned(NamedTuple):
    """What each place is to find.

    `boxes` float32 `(batch, places, 4)`, in pixels; `scores` `(batch, places, classes)`: what the place is to say, 0
    for everything that it is not to find.
    """

    boxes: Any
    scores: Any


def assign(labels: Any, boxes: Any, scores: Any, points: np.ndarray, strides: np.ndarray) -> Assigned:
    """Give what each place is to find of labels `(batch, boxes, 5)`, rows of −1 being none.

    `boxes` `(batch, places, 4)` and `scores` `(batch, places, classes)` are what the network says now. A box takes its
    TOP best places inside it; a place that several boxes want goes to the one that its own box overlaps most.
    """
    truth, numbers, real = labels[..., :4], ops.cast(labels[..., 4], "int32"), labels[..., 4] >= 0
    classes = scores.shape[-1]
    overlaps = intersection_over_union(truth[:, :, None, :], boxes[:, None, :, :])
    kinds = ops.one_hot(ops.where(real, numbers, 0), classes, dtype="float32")
    own = ops.matmul(kinds, ops.transpose(scores, (0, 2, 1)))
    candidates = ops.cast(_inside(truth, points, strides) & real[..., None], "float32")
    overlaps = overlaps * candidates
    alignment = ops.power(own, ALPHA) * ops.power(overlaps, BETA) * candidates
    chosen = _best(alignment)
    # A place for one box only.
    favourite = ops.argmax(overlaps * chosen, axis=1)[:, None, :]
    chosen = chosen * ops.cast(ops.arange(ops.shape(truth)[1], dtype=favourite.dtype)[:, None] == favourite, "float32")
    alignment, overlaps = alignment * chosen, overlaps * chosen
    # The best place of a box is to say how well it overlaps it, the others less in proportion.
    largest = ops.max(alignment, axis=-1, keepdims=True)
    wanted = alignment / (largest + 1e-30) * ops.max(overlaps, axis=-1, keepdims=True)
    return Assigned(
        ops.matmul(ops.transpose(chosen, (0, 2, 1)), truth * ops.cast(real, "float32")[..., None]),
        ops.matmul(ops.transpose(wanted, (0, 2, 1)), kinds),
    )


def _inside(truth: Any, points: np.ndarray, strides: np.ndarray) -> Any:
    """Tell which places lie in which boxes `(batch, boxes, places)`.

    A box smaller than the finest stride may lie between all places: it is taken as large as that stride.
    """
    middle = (truth[..., :2] + truth[..., 2:]) / 2
    half = ops.maximum((truth[..., 2:] - truth[..., :2]) / 2, strides.min(axis=0) / 2)
    away = ops.abs(points[None, None] - middle[:, :, None, :])
    return ops.all(away <= half[:, :, None, :], axis=-1)


def _best(alignment: Any) -> Any:
    """Mark the TOP largest of each row `(batch, boxes, places)` with 1, and what equals the last of them; never a 0."""
    least = ops.top_k(alignment, min(TOP, alignment.shape[-1]))[0][..., -1:]
    return ops.cast((alignment >= least) & (alignment > 0), "float32")
