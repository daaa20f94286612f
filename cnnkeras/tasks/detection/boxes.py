"""Arithmetic of boxes in keras.ops. A box is left, top, right, bottom on the last axis; shapes broadcast."""

from __future__ import annotations

from math import pi
from typing import Any

from keras import ops

# Keeps a quotient of nothing by nothing finite; far below any pixel.
EPSILON = 1e-7


def areas(boxes: Any) -> Any:
    """Give `(…)` areas of boxes `(…, 4)`, 0 where a side is turned around."""
    sizes = ops.maximum(boxes[..., 2:] - boxes[..., :2], 0.0)
    return sizes[..., 0] * sizes[..., 1]


def intersection_over_union(boxes: Any, others: Any) -> Any:
    """Give how much of what two boxes cover together both cover, from 0 to 1."""
    low = ops.maximum(boxes[..., :2], others[..., :2])
    high = ops.minimum(boxes[..., 2:], others[..., 2:])
    sides = ops.maximum(high - low, 0.0)
    shared = sides[..., 0] * sides[..., 1]
    return shared / (areas(boxes) + areas(others) - shared + EPSILON)


def complete_intersection_over_union(boxes: Any, others: Any) -> Any:
    """Give intersection over union, less what centres and proportions differ by: from −2 or so to 1.

    Zheng et al., "Distance-IoU loss", arXiv:1911.08287, equations 7 to 11. Its weight α is taken as a constant, as
    the paper does.
    """
    overlap = intersection_over_union(boxes, others)
    low = ops.minimum(boxes[..., :2], others[..., :2])
    high = ops.maximum(boxes[..., 2:], others[..., 2:])
    diagonal = ops.sum(ops.square(high - low), axis=-1) + EPSILON
    apart = ops.sum(ops.square((boxes[..., :2] + boxes[..., 2:] - others[..., :2] - others[..., 2:]) / 2), axis=-1)
    unlike = 4 / pi**2 * ops.square(_angle(others) - _angle(boxes))
    alpha = ops.stop_gradient(unlike / (1 - overlap + unlike + EPSILON))
    return overlap - apart / diagonal - alpha * unlike


def _angle(boxes: Any) -> Any:
    """Give the angle of a box's diagonal from the vertical."""
    sizes = ops.maximum(boxes[..., 2:] - boxes[..., :2], EPSILON)
    return ops.arctan(sizes[..., 0] / sizes[..., 1])
