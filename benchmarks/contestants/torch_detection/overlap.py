"""How much boxes overlap. A box is left, top, right, bottom on the last axis; shapes broadcast."""

from __future__ import annotations

from math import pi

import torch

# Keeps a quotient of nothing by nothing finite; far below any pixel.
EPSILON = 1e-7


def intersection_over_union(boxes: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Give the shared area over the area of both together, `(…)`."""
    low, high = torch.maximum(boxes[..., :2], others[..., :2]), torch.minimum(boxes[..., 2:], others[..., 2:])
    shared = (high - low).clamp(min=0).prod(-1)
    areas = ((each[..., 2:] - each[..., :2]).clamp(min=0).prod(-1) for each in (boxes, others))
    return shared / (sum(areas) - shared + EPSILON)


def complete_intersection_over_union(boxes: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Give the overlap less the distance of the centres and the difference of the proportions, `(…)`.

    Zheng et al., "Distance-IoU loss", arXiv:1911.08287, equations 7 to 11; its weight α is a constant.
    """
    overlap = intersection_over_union(boxes, others)
    low, high = torch.minimum(boxes[..., :2], others[..., :2]), torch.maximum(boxes[..., 2:], others[..., 2:])
    diagonal = (high - low).square().sum(-1) + EPSILON
    apart = ((boxes[..., :2] + boxes[..., 2:] - others[..., :2] - others[..., 2:]) / 2).square().sum(-1)
    unlike = 4 / pi**2 * (_angle(others) - _angle(boxes)).square()
    with torch.no_grad():
        alpha = unlike / (1 - overlap + unlike + EPSILON)
    return overlap - apart / diagonal - alpha * unlike


def _angle(boxes: torch.Tensor) -> torch.Tensor:
    width, height = (boxes[..., 2:] - boxes[..., :2]).clamp(min=EPSILON).unbind(-1)
    return torch.atan(width / height)
