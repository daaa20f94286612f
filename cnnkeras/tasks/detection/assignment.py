"""Which places of a detector are to find which boxes: task-aligned assignment.

Feng et al., "TOOD: task-aligned one-stage object detection", arXiv:2108.07755, section 3.3. A place is the better for
a box, the higher its score of the box's class and the more its own box overlaps it: score^α · IoU^β.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from keras import ops

from cnnkeras.model.backend import fused
from cnnkeras.tasks.detection.boxes import intersection_over_union

TOP = 10
ALPHA = 0.5
BETA = 6.0
# A score counts as this at least: places of score 0 would suit no box, and a detector that says nothing of anything
# would be right.
LEAST_SCORE = 1e-12


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
    alignment, overlaps = _suitability(labels, boxes, scores, points, strides.min(axis=0))
    # By itself: XLA sorts the whole rows for it.
    least = ops.top_k(alignment, min(TOP, len(points)))[0][..., -1:]
    return Assigned(*_shared_out(labels, alignment, overlaps, least, scores.shape[-1]))


@fused
def _suitability(labels: Any, boxes: Any, scores: Any, points: Any, finest: Any) -> tuple[Any, Any]:
    """Give how well each place suits each box, and how much it overlaps it, both `(batch, boxes, places)`."""
    truth = labels[..., :4]
    own = ops.matmul(_kinds(labels, scores.shape[-1]), ops.transpose(scores, (0, 2, 1)))
    candidates = ops.cast(_inside(truth, points, finest) & (labels[..., 4:] >= 0), "float32")
    overlaps = intersection_over_union(truth[:, :, None, :], boxes[:, None, :, :]) * candidates
    return ops.power(ops.maximum(own, LEAST_SCORE), ALPHA) * ops.power(overlaps, BETA) * candidates, overlaps


@fused
def _shared_out(labels: Any, alignment: Any, overlaps: Any, least: Any, classes: int) -> tuple[Any, Any]:
    """Give each place to one box at most: the box `(batch, places, 4)`, and what it is to say of each class.

    A box takes the places that suit it as well as its `least` or better, and none that does not suit at all.
    """
    chosen = ops.cast((alignment >= least) & (alignment > 0), "float32")
    favourite = ops.argmax(overlaps * chosen, axis=1)[:, None, :]
    numbers = ops.arange(ops.shape(labels)[1], dtype=favourite.dtype)[:, None]
    chosen = chosen * ops.cast(numbers == favourite, "float32")
    alignment, overlaps = alignment * chosen, overlaps * chosen
    # The best place of a box is to say how well it overlaps it, the others less in proportion.
    largest = ops.max(alignment, axis=-1, keepdims=True)
    wanted = alignment / (largest + 1e-30) * ops.max(overlaps, axis=-1, keepdims=True)
    real = ops.cast(labels[..., 4:] >= 0, "float32")
    return (
        ops.matmul(ops.transpose(chosen, (0, 2, 1)), labels[..., :4] * real),
        ops.matmul(ops.transpose(wanted, (0, 2, 1)), _kinds(labels, classes)),
    )


def _kinds(labels: Any, classes: int) -> Any:
    """Give the classes of boxes one-hot `(batch, boxes, classes)`; of rows without a box, that of class 0."""
    return ops.one_hot(ops.cast(ops.maximum(labels[..., 4], 0.0), "int32"), classes, dtype="float32")


def _inside(truth: Any, points: Any, finest: Any) -> Any:
    """Tell which places lie in which boxes `(batch, boxes, places)`.

    A box smaller than the finest stride may lie between all places: it is taken as large as that stride.
    """
    middle = (truth[..., :2] + truth[..., 2:]) / 2
    half = ops.maximum((truth[..., 2:] - truth[..., :2]) / 2, finest / 2)
    away = ops.abs(points[None, None] - middle[:, :, None, :])
    return ops.all(away <= half[:, :, None, :], axis=-1)
