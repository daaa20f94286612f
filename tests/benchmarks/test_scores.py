"""How the contestants' answers are scored."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.contestants.scores import score_classes

pytestmark = pytest.mark.fast


def test_masks_are_scored_pixel_by_pixel() -> None:
    """A loss of masks would not be the mean of the pixels', or an accuracy that of whole pictures."""
    probabilities = np.array([[[[0.5, 0.5], [0.25, 0.75]]], [[[1.0, 0.0], [0.25, 0.75]]]])
    labels = np.array([[[0, 1]], [[0, 0]]], np.uint8)
    found = score_classes(probabilities, labels)
    assert found == {"accuracy": 0.75, "loss": pytest.approx(-np.log([0.5, 0.75, 1, 0.25]).mean())}


def test_pictures_are_scored_as_ever() -> None:
    """The losses of classes would change with what was added for masks."""
    found = score_classes(np.array([[0.9, 0.1], [0.0, 1.0]]), np.array([0, 0]))
    assert found == {"accuracy": 0.5, "loss": pytest.approx(-(np.log(0.9) + np.log(1e-7)) / 2)}
