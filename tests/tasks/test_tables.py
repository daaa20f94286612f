"""Tables of what is said of each picture."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkeras.spec.data import VOID
from cnnkeras.tasks.tables import classified_pictures, mean_iou, segmented_pictures


def test_a_row_for_each_picture_s_class() -> None:
    """The sure mistakes in a table, which are often wrong labels, would not be found in it."""
    # Two classes may be called alike: what is right is no matter of names.
    table = classified_pictures(np.array([0, 1, 2]), np.eye(3)[[0, 2, 1]] * 0.5 + 0.125, ("cat", "dog", "dog"))
    assert table.to_dict("list") == {
        "picture": [1, 2, 0],
        "class": ["dog", "dog", "cat"],
        "predicted": ["dog", "dog", "cat"],
        "score": [0.625, 0.625, 0.625],
        "score_of_class": [0.125, 0.125, 0.625],
        "right": [False, False, True],
    }


def test_a_row_for_each_picture_s_pixels() -> None:
    """A picture whose pixels count nowhere would be the worst, or a division by nothing."""
    truth = [np.array([[0, 1, 1, 2]], np.uint8), np.array([[VOID, VOID]], np.uint8)]
    said = [np.array([[0, 1, 2, 2]], np.uint8), np.array([[0, 1]], np.uint8)]
    table = segmented_pictures(truth, said)
    assert table["iou"].tolist() == pytest.approx([(1 + 1 / 2 + 1 / 2) / 3, 1.0])
    assert table["pixels"].tolist() == [4, 0]
    assert table["wrong_pixels"].tolist() == [1, 0]
    assert table["iou"].iloc[0] == mean_iou(truth[0], said[0])
