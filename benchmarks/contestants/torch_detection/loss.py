"""The loss of a detector: what it says of classes, boxes and their sides, at every place of three levels."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from benchmarks.contestants.torch_detection.assignment import assign
from benchmarks.contestants.torch_detection.overlap import complete_intersection_over_union
from benchmarks.contestants.torch_networks.yolov8 import BINS, SIDES

STRIDES = (8, 16, 32)
# How much each part weighs: written again here, since to import ours would import TensorFlow.
CLASS_WEIGHT = 0.5
BOX_WEIGHT = 7.5
DISTANCE_WEIGHT = 1.5


class DetectionLoss(nn.Module):
    """Binary cross-entropy of the classes, complete IoU of the boxes, distribution focal loss of their sides.

    All are divided by the sum of what is wanted in the batch.
    """

    points: torch.Tensor
    strides: torch.Tensor
    bins: torch.Tensor

    def __init__(self, height: int, width: int) -> None:
        super().__init__()
        points, strides = zip(*(_level(height, width, stride) for stride in STRIDES), strict=True)
        self.register_buffer("points", torch.cat(points))
        self.register_buffer("strides", torch.cat(strides))
        self.register_buffer("bins", torch.arange(float(BINS)))

    def forward(self, outputs: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        """Give the loss of a batch; outputs `(batch, places, 4 · BINS + classes)`, labels `(batch, boxes, 5)`."""
        sides, classes = outputs.float().tensor_split([SIDES * BINS], -1)
        sides = torch.unflatten(sides, -1, (SIDES, BINS))
        boxes = self.boxes(sides)
        truth, wanted = assign(labels, boxes.detach(), classes.detach().sigmoid(), self.points, float(STRIDES[0]))
        weights = wanted.sum(-1)
        unlike = 1 - complete_intersection_over_union(boxes, truth)
        places = BOX_WEIGHT * unlike + DISTANCE_WEIGHT * self.focal(sides, truth)
        said = CLASS_WEIGHT * binary_cross_entropy_with_logits(classes, wanted, reduction="sum")
        return (said + (places * weights).sum()) / weights.sum().clamp(min=1)

    def boxes(self, sides: torch.Tensor) -> torch.Tensor:
        """Give boxes `(batch, places, 4)` in pixels, of the sides' logits `(batch, places, 4, BINS)`."""
        low, high = (sides.softmax(-1) @ self.bins).chunk(2, -1)
        return torch.cat([self.points - low * self.strides, self.points + high * self.strides], -1)

    def focal(self, sides: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
        """Give the distribution focal loss `(batch, places)`, the mean of the four sides (arXiv:2006.04388, eq. 6)."""
        distances = torch.cat([self.points - truth[..., :2], truth[..., 2:] - self.points], -1)
        wanted = (distances / self.strides.repeat(1, 2)).clamp(0, BINS - 1 - 0.01)
        # A distance between two whole numbers is to be both, the nearer the more.
        shares = (1 - (wanted[..., None] - self.bins).abs()).clamp(min=0)
        costs = cross_entropy(sides.flatten(0, 2), shares.flatten(0, 2), reduction="none")
        return costs.view(truth.shape).mean(-1)


def _level(height: int, width: int, stride: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Give the centres of a level's places `(places, 2)`, row by row as x and y in pixels, and their strides."""
    columns, rows = (torch.arange(side // stride) + 0.5 for side in (width, height))
    y, x = torch.meshgrid(rows, columns, indexing="ij")
    points = torch.stack([x.flatten(), y.flatten()], -1) * stride
    return points, torch.full_like(points, stride)
