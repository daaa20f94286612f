"""The boxes of batches, as cnnkeras's measure of them takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from cnnkeras.tasks.detection.picture import PictureBoxes


def picture_boxes(size: tuple[int, int], rows: np.ndarray) -> PictureBoxes:
    """Give the true boxes of a picture of that height and width: of rows `(boxes, 5)` those that are not all −1."""
    from cnnkeras.tasks.detection.picture import PictureBoxes

    real = rows[rows[:, 4] >= 0]
    return PictureBoxes(size, real[:, :4], real[:, 4].astype(np.int64))
