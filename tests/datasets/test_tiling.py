"""Pictures cut into tiles, and whole."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.commands.registry import REGISTRY
from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.source import Part
from cnnkeras.datasets.tiling import cut, epoch_size, whole_pictures
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.data import VOID
from cnnkeras.spec.load import load_architecture

RANDOM = np.random.default_rng(0)
SIZES = [(8, 8), (11, 20), (3, 5)]


def architecture_of(folder: Path, **convolution: Any) -> Architecture:
    """Give a network for tiles of 8×8, that tells three classes apart."""
    layers = [{"type": "Conv2D", "filters": 3, "kernel_size": 3, "activation": "softmax", **convolution}]
    content = {"task": "segmentation", "input": {"shape": [8, 8, 1], "resize": "tile"}, "layers": layers}
    file = folder / "file.json"
    file.write_text(json.dumps(content))
    architecture = load_architecture(file, (), REGISTRY).architecture
    assert architecture is not None
    return architecture


def part_of(sizes: list[tuple[int, int]]) -> tuple[Part, list[Any], list[Any]]:
    """Give pictures of these sizes whose numbers are all different, with their masks."""
    images = [RANDOM.permutation(height * width).reshape(height, width, 1).astype(np.uint8) for height, width in sizes]
    masks = [RANDOM.integers(0, 3, size).astype(np.uint8) for size in sizes]
    same = len(set(sizes)) == 1
    size = sizes[0] if same else (None, None)
    spec = {"image": tf.TensorSpec((*size, 1), tf.uint8), "label": tf.TensorSpec(size, tf.uint8)}

    pairs = [{"image": image, "label": mask} for image, mask in zip(images, masks, strict=True)]

    def examples() -> tf.data.Dataset:
        return tf.data.Dataset.from_generator(lambda: iter(pairs), output_signature=spec)

    return Part("test", len(sizes), examples, 3), images, masks


@pytest.mark.parametrize("sizes", [SIZES, [(20, 8)] * 2], ids=["of several sizes", "of one size"])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_every_pixel_is_answered_in_one_tile(tmp_path: Path, padding: str, sizes: list[tuple[int, int]]) -> None:
    """Validation would count pixels twice, or leave some out."""
    part, _, masks = part_of(sizes)
    architecture = architecture_of(tmp_path, padding=padding)
    tiles = cut(part, architecture)
    lost = 0 if padding == "same" else 1
    labels = np.stack([example["label"] for example in tiles.examples().as_numpy_iterator()])
    assert labels.shape == (tiles.size, 8, 8)
    answered = labels[:, lost : 8 - lost, lost : 8 - lost]
    counts = np.bincount(answered[answered != VOID], minlength=3)
    assert counts.tolist() == sum(np.bincount(mask.reshape(-1), minlength=3) for mask in masks).tolist()
    assert epoch_size(part, architecture) == tiles.size


def test_tiles_show_the_picture_and_its_mirror_image(tmp_path: Path) -> None:
    """A network would be held against another place of the mask, or see a black border."""
    part, images, masks = part_of([(11, 20)])
    tiles = list(cut(part, architecture_of(tmp_path, padding="same")).examples().as_numpy_iterator())
    assert len(tiles) == 2 * 3
    last = tiles[-1]
    np.testing.assert_array_equal(last["image"][:3, :4], images[0][8:, 16:])
    np.testing.assert_array_equal(last["label"][:3, :4], masks[0][8:, 16:])
    np.testing.assert_array_equal(last["image"][3], last["image"][1])
    assert (last["label"][3:] == VOID).all()


def test_batches_are_tiles(tmp_path: Path) -> None:
    """A network could not be trained on pictures larger than it is."""
    part, *_ = part_of(SIZES)
    architecture = architecture_of(tmp_path, padding="same")
    shapes = [tuple(images.shape) for images, _ in batches(part, architecture, 4, training=False)]
    assert shapes == [(4, 8, 8, 1), (4, 8, 8, 1)]


def test_whole_pictures_keep_their_size(tmp_path: Path) -> None:
    """The figures of a run would be those of tiles, not of the pictures that people have."""
    part, images, masks = part_of(SIZES)
    for (picture, label), image, mask in zip(
        whole_pictures(part, architecture_of(tmp_path)), images, masks, strict=True
    ):
        np.testing.assert_allclose(picture[0], image / 255, atol=1e-6)
        np.testing.assert_array_equal(label[0], mask)
