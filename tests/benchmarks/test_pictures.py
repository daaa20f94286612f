"""The pictures that are prepared for all contestants, and how cnnkeras reads them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import pictures
from benchmarks.contestants.arrays import Arrays
from cnnkeras.datasets.sources import SOURCES

SIZES = {"train": 6, "validation": 1, "test": 2}


def test_pictures_repeat_until_the_workload_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the digits alone are there, a tenth of the work would be compared, and nobody would be told."""
    digits = SOURCES["digits"].model_validate({"source": "digits"}).load()
    monkeypatch.setattr(pictures, "open_data", lambda: ("digits", digits))
    there = digits.parts["train"].size
    arrays = pictures.prepare("classification", {"train": there + 3}, (8, 8, 3))
    assert arrays["train_images"].shape == (there + 3, 8, 8, 3)
    np.testing.assert_array_equal(arrays["train_images"][there:], arrays["train_images"][:3])
    np.testing.assert_array_equal(arrays["train_labels"][there:], arrays["train_labels"][:3])


def test_masks_are_of_their_pictures(tmp_path: Path) -> None:
    """A U-Net would learn one scene's picture with another's mask."""
    arrays = pictures.prepare("segmentation", SIZES, (64, 32, 1))
    assert arrays["train_images"].shape == (6, 64, 32, 1)
    assert arrays["train_labels"].shape == (6, 64, 32)
    # Ink is brighter than what is behind it.
    images, digits = arrays["train_images"][..., 0], arrays["train_labels"] > 0
    assert images[digits].mean() > images[~digits].mean() + 50
    np.savez(tmp_path / "arrays.npz", **arrays)
    source = Arrays(source="arrays", file=str(tmp_path / "arrays.npz")).for_task("segmentation")
    data = source.load()
    assert data.class_names[:2] == ("background", "0")
    (first, _) = data.parts["test"].examples().as_numpy_iterator()
    np.testing.assert_array_equal(first["label"], arrays["test_labels"][0])


def test_boxes_come_back_without_the_rows_that_fill_up(tmp_path: Path) -> None:
    """Boxes that are none would be learned, or PyTorch would learn other ones than cnnkeras."""
    arrays = pictures.prepare("detection", SIZES, (64, 64, 1))
    labels = arrays["train_labels"]
    counts = (labels[..., 4] >= 0).sum(axis=1)
    assert counts.min() < labels.shape[1] == counts.max()
    np.savez(tmp_path / "arrays.npz", **arrays)
    data = Arrays(source="arrays", file=str(tmp_path / "arrays.npz")).for_task("detection").load()
    assert len(data.class_names) == 10
    for rows, count, example in zip(labels, counts, data.parts["train"].examples().as_numpy_iterator(), strict=True):
        np.testing.assert_array_equal(example["boxes"], rows[:count, :4])
        np.testing.assert_array_equal(example["classes"], rows[:count, 4].astype(int))
