"""What tells one part from another."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from cnnkeras.datasets.signature import is_alike, labels_of, signature
from cnnkeras.datasets.source import Part


def part(images: Any, labels: Any) -> Part:
    return Part("train", len(images), lambda: tf.data.Dataset.from_tensor_slices({"image": images, "label": labels}))


def test_a_part_is_told_by_its_first_pictures() -> None:
    """Labels that were swapped, or pictures put in the place of others, would go unseen."""
    images = np.random.default_rng(5).integers(0, 255, (9, 4, 4, 1)).astype(np.uint8)
    labels = np.arange(9) % 3
    before = signature(part(images, labels))
    assert len(before) == 8
    assert is_alike(before, signature(part(images, labels)))
    # Another machine's decoder.
    assert is_alike(before, signature(part(np.clip(images.astype(int) + 1, 0, 255).astype(np.uint8), labels)))
    assert not is_alike(before, signature(part(images, labels[::-1])))
    assert not is_alike(before, signature(part(images[::-1], labels)))
    assert not is_alike(before, signature(part(images[:4], labels[:4])))
    assert labels_of(before)[1] == {"label": 1.0}


def test_boxes_of_which_there_are_none() -> None:
    """A picture without objects would end the training before it begins."""
    empty = tf.data.Dataset.from_tensors({"image": np.full((2, 2, 1), np.nan), "boxes": np.zeros((0, 5)), "name": "a"})
    assert signature(Part("train", 1, lambda: empty)) == [{"boxes": 0.0, "image": 0.0}]
