"""The boxes of one picture, true ones or found ones."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np


@dataclass(frozen=True, eq=False)
class PictureBoxes:
    """Boxes in the picture's own pixels.

    `size` is the picture's height and width. `boxes` float32 `(n, 4)` are left, top, right, bottom, `classes` int64
    `(n,)`; `scores` float32 `(n,)` are 1 for true boxes. `crowd` bool `(n,)` tells which true boxes are around many
    objects at once: COCO lets what is found in them pass, and counts it neither as right nor as wrong.
    """

    size: tuple[int, int]
    boxes: np.ndarray
    classes: np.ndarray
    scores: np.ndarray = field(default_factory=lambda: np.empty(0, np.float32))
    crowd: np.ndarray = field(default_factory=lambda: np.empty(0, bool))

    def __post_init__(self) -> None:
        """Fill in what true boxes, and found ones, are not told."""
        if len(self.scores) != len(self.boxes):
            object.__setattr__(self, "scores", np.ones(len(self.boxes), np.float32))
        if len(self.crowd) != len(self.boxes):
            object.__setattr__(self, "crowd", np.zeros(len(self.boxes), bool))

    def __len__(self) -> int:
        """Give how many boxes there are."""
        return len(self.boxes)

    def where(self, chosen: np.ndarray) -> PictureBoxes:
        """Give some of them: those of a mask or of an array of indices."""
        parts = {name: getattr(self, name)[chosen] for name in ("boxes", "classes", "scores", "crowd")}
        return replace(self, **parts)


def areas(boxes: np.ndarray) -> np.ndarray:
    """Give the areas of boxes `(…, 4)`, in square pixels."""
    product: np.ndarray = np.maximum(boxes[..., 2] - boxes[..., 0], 0) * np.maximum(boxes[..., 3] - boxes[..., 1], 0)
    return product


def overlaps(boxes: np.ndarray, others: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the areas that boxes `(n, 4)` and others `(m, 4)` have in common `(n, m)`, and in common or not."""
    low = np.maximum(boxes[:, None, :2], others[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], others[None, :, 2:])
    shared = np.prod(np.maximum(high - low, 0), axis=-1)
    return shared, areas(boxes)[:, None] + areas(others)[None] - shared


def intersection_over_union(boxes: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Give how much of what boxes `(n, 4)` and others `(m, 4)` cover together both cover: `(n, m)`, from 0 to 1."""
    shared, union = overlaps(boxes, others)
    shares: np.ndarray = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    return shares
