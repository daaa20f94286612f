"""Whole pictures in tiles, against the same network on the whole picture at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.analysis.tiles import tile_sides
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.model import build_model
from cnnkeras.model.tiling import WholePictures, for_whole_pictures
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.load import load_architecture

RANDOM = np.random.default_rng(0)
Write = Callable[..., Architecture]


def convolution(filters: int, kernel: int = 3, **fields: Any) -> dict[str, Any]:
    return {"type": "Conv2D", "filters": filters, "kernel_size": kernel, "padding": "same", **fields}


def unet(**fields: Any) -> list[dict[str, Any]]:
    """Give a U-Net of two levels: field 16 to 18, in steps of 4."""
    return [
        convolution(4, activation="relu", name="encoder1", **fields),
        {"type": "MaxPooling2D", "pool_size": 4},
        convolution(8, activation="relu", **fields),
        {"type": "Conv2DTranspose", "filters": 4, "kernel_size": 4, "strides": 4, "name": "up"},
        {"type": "Concatenate", "inputs": ["encoder1", "up"]},
        convolution(3, activation="softmax", **fields),
    ]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write_it(layers: list[dict[str, Any]], shape: list[Any], **fields: Any) -> Architecture:
        content = {
            "task": "segmentation",
            "input": {"shape": shape, "resize": "tile", **fields},
            "layers": layers,
        }
        file = tmp_path / "file.json"
        file.write_text(json.dumps(content))
        loaded = load_architecture(file, (), REGISTRY)
        assert loaded.architecture is not None
        assert not loaded.diagnostics, loaded.diagnostics
        return loaded.architecture

    return write_it


def untiled(model: Any) -> Any:
    """Give the same network with free sides, and the same weights."""
    free = keras.models.clone_model(model, input_tensors=keras.Input((None, None, 1)))
    free.set_weights(model.get_weights())
    return free


def pictures(*shape: int) -> Any:
    return tf.constant(RANDOM.random((*shape, 1), np.float32))


@pytest.mark.parametrize("padding", ["same", "reflect"])
@pytest.mark.parametrize("size", [(96, 96), (96, 72), (128, 48)])
def test_tiles_give_the_untiled_network_s_answer(write: Write, padding: str, size: tuple[int, int]) -> None:
    """What a pixel is would depend on where the borders of tiles fall."""
    architecture = write(unet(padding=padding), [48, 48, 1])
    model = build_model(architecture)
    whole = untiled(model)
    images = pictures(2, *size)
    tiled = tf.function(WholePictures(model, architecture))(images)
    np.testing.assert_allclose(tiled, whole(images), atol=1e-5)


def test_a_network_without_padding_answers_the_border_too(write: Write) -> None:
    """The original U-Net would say nothing about a picture's border, or something else than on the mirrored picture."""
    layers = [
        {"type": "Conv2D", "filters": 4, "kernel_size": 5, "activation": "relu"},
        {"type": "Conv2D", "filters": 3, "kernel_size": 3, "activation": "softmax"},
    ]
    architecture = write(layers, [20, 20, 1])
    model = build_model(architecture)
    whole = untiled(model)
    images = pictures(1, 37, 52)
    tiled = WholePictures(model, architecture)(images)
    mirrored = tf.pad(images, [[0, 0], [3, 3], [3, 3], [0, 0]], "REFLECT")
    np.testing.assert_allclose(tiled, whole(mirrored), atol=1e-5)


@pytest.mark.parametrize("size", [(1, 1), (5, 40), (33, 31), (50, 50)])
def test_pictures_of_any_size_are_answered(write: Write, size: tuple[int, int]) -> None:
    """A picture smaller than a tile, or no multiple of the network's strides, would be refused or cut."""
    architecture = write(unet(), [32, 32, 1])
    answer = WholePictures(build_model(architecture), architecture)(pictures(1, *size))
    assert answer.shape == (1, *size, 3)
    np.testing.assert_allclose(np.sum(answer, axis=-1), 1, atol=1e-5)


def test_a_network_that_sees_further_than_its_tiles_is_blended(write: Write) -> None:
    """Seams would show where tiles meet, and another grid give another answer: at most by the bound stated here."""
    layers = unet(kernel=9)
    architecture = write(layers, [32, 32, 1])
    side = tile_sides(architecture)[0]
    assert side.overlap == 16
    model = build_model(architecture)
    images = pictures(1, 116, 116)
    answer = np.asarray(WholePictures(model, architecture)(images))
    # The grid of this one begins 8 pixels further on.
    moved = np.asarray(WholePictures(model, architecture)(images[:, 8:, 8:]))
    inner = np.abs(answer[:, 24:-24, 24:-24] - moved[:, 16:-24, 16:-24])
    assert inner.max() < 0.1
    assert inner.mean() < 0.01


def test_answers_are_the_same_wherever_tiles_begin(write: Write) -> None:
    """Cutting a strip off a picture would change what is said about the rest."""
    architecture = write(unet(), [48, 48, 1])
    model = build_model(architecture)
    images = pictures(1, 132, 100)
    answer = np.asarray(WholePictures(model, architecture)(images))
    moved = np.asarray(WholePictures(model, architecture)(images[:, 12:, 20:]))
    np.testing.assert_allclose(answer[:, 24:-12, 32:-12], moved[:, 12:-12, 12:-12], atol=1e-5)


def test_several_outputs_are_all_answered(write: Write) -> None:
    """Deep supervision could not be evaluated on whole pictures."""
    layers = [convolution(3, activation="softmax", name="side"), convolution(3, activation="softmax", name="main")]
    architecture = write(layers, [16, 16, 1])
    model = build_model(architecture)
    both = keras.Model(model.input, [model.get_layer("main").output, model.get_layer("side").output])
    images = pictures(1, 40, 24)
    main, side = WholePictures(both, architecture)(images)
    assert main.shape == side.shape == (1, 40, 24, 3)
    assert np.abs(main - side).max() > 0


def test_regularizers_count_once_a_picture(write: Write) -> None:
    """The loss of an evaluation would depend on how many tiles a picture has."""
    layers = [convolution(3, kernel_regularizer={"type": "L2", "l2": 0.1})]
    architecture = write(layers, [16, 16, 1])
    model = build_model(architecture)
    whole = WholePictures(model, architecture)
    whole(pictures(1, 40, 40))
    assert float(sum(whole.losses)) == pytest.approx(0.1 * float(np.sum(model.get_weights()[0] ** 2)), rel=1e-5)


def test_other_networks_are_left_alone(write: Write) -> None:
    """A picture that is resized would be cut up all the same."""
    architecture = write(unet(), [32, 32, 1], resize="stretch")
    model = build_model(architecture)
    assert for_whole_pictures(model, architecture) is model
