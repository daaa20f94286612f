"""Which places are to find which boxes: the task-aligned assignment of Feng et al., arXiv:2108.07755, section 3.3."""

from __future__ import annotations

import torch
from torch.nn.functional import one_hot

from benchmarks.contestants.torch_detection.overlap import intersection_over_union

TOP = 10
ALPHA = 0.5
BETA = 6.0


@torch.no_grad()
def assign(
    labels: torch.Tensor, boxes: torch.Tensor, scores: torch.Tensor, points: torch.Tensor, finest: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Give each place's box `(batch, places, 4)`, and what it is to say of each class `(batch, places, classes)`.

    `labels` `(batch, boxes, 5)` have rows of −1 that are none. `boxes` `(batch, places, 4)` and `scores`
    `(batch, places, classes)` are what the network says now, `points` `(places, 2)` where the places are.
    """
    truth, real = labels[..., :4], labels[..., 4:] >= 0
    kinds = labels[..., 4].clamp(min=0).long()
    candidates = _inside(truth, points, finest) & real
    overlaps = intersection_over_union(truth[:, :, None], boxes[:, None]) * candidates
    own = scores.gather(2, kinds[:, None].expand(-1, len(points), -1)).transpose(1, 2)
    alignment = own.pow(ALPHA) * overlaps.pow(BETA)
    least = alignment.topk(min(TOP, len(points)), dim=-1).values[..., -1:]
    chosen = (alignment >= least) & (alignment > 0)
    # A place that several boxes want goes to the one that its own box overlaps most.
    favourite = (overlaps * chosen).argmax(1, keepdim=True)
    chosen &= torch.arange(truth.shape[1], device=truth.device)[:, None] == favourite
    alignment, overlaps = alignment * chosen, overlaps * chosen
    # The best place of a box is to say how well it overlaps it, the others less in proportion.
    wanted = alignment / (alignment.amax(-1, keepdim=True) + 1e-30) * overlaps.amax(-1, keepdim=True)
    return (
        chosen.float().transpose(1, 2) @ (truth * real),
        wanted.transpose(1, 2) @ one_hot(kinds, scores.shape[-1]).float(),
    )


def _inside(truth: torch.Tensor, points: torch.Tensor, finest: float) -> torch.Tensor:
    """Tell which places lie in which boxes `(batch, boxes, places)`; a box counts as no smaller than a stride."""
    middle, half = (truth[..., :2] + truth[..., 2:]) / 2, (truth[..., 2:] - truth[..., :2]) / 2
    away = (points - middle[:, :, None]).abs()
    return (away <= half.clamp(min=finest / 2)[:, :, None]).all(-1)
