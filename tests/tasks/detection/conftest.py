"""Pictures with boxes, true ones and found ones, of which everything is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnnkeras.tasks.detection.picture import PictureBoxes

Box = Sequence[float]


def picture(*rows: Box, size: tuple[int, int] = (100, 100), crowd: Sequence[bool] = ()) -> PictureBoxes:
    """Give a picture's boxes of rows: left, top, right, bottom, class and, where it was found, score."""
    table = np.array(rows, np.float32).reshape(len(rows), -1 if rows else 5)
    scores = table[:, 5] if table.shape[1] > 5 else np.empty(0, np.float32)
    return PictureBoxes(size, table[:, :4], table[:, 4].astype(np.int64), scores, np.array(crowd, bool))


def scattered(random: np.random.Generator, classes: int) -> tuple[PictureBoxes, PictureBoxes]:
    """Give the true boxes of a picture and what a middling detector finds: some off, some missed, some invented."""
    count = int(random.integers(0, 8))
    corners = random.uniform(0, 80, (count, 2))
    true = np.concatenate([corners, corners + random.uniform(4, 60, (count, 2))], axis=1)
    kinds = random.integers(0, classes, count)
    kept = random.random(count) < 0.8
    shifted = true[kept] + random.normal(0, 3, (int(kept.sum()), 4))
    invented = int(random.integers(0, 5))
    start = random.uniform(0, 80, (invented, 2))
    boxes = np.concatenate([shifted, np.concatenate([start, start + random.uniform(4, 40, (invented, 2))], axis=1)])
    numbers = np.concatenate([kinds[kept], random.integers(0, classes, invented)])
    scores = random.random(len(boxes)).astype(np.float32)
    truth = PictureBoxes((150, 150), true.astype(np.float32), kinds)
    return truth, PictureBoxes((150, 150), boxes.astype(np.float32), numbers, scores)
