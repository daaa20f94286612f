"""Where the network looks, on networks of which it is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnnkeras.inspection.attention import attention
from cnnkeras.inspection.attention_figure import EXPLAINED
from cnnkeras.inspection.figures.attention import overlaid
from cnnkeras.model.builder import build_model
from cnnkeras.tasks import TASKS
from tests.inspection.networks import CLASS_NAMES, architecture_of

POOLED: list[dict[str, Any]] = [
    {"type": "Conv2D", "name": "map", "filters": 1, "kernel_size": 1},
    {"type": "GlobalAveragePooling2D"},
    {"type": "Dense", "name": "head", "units": 3, "activation": "softmax"},
]


def spot(row: int, column: int) -> np.ndarray:
    """Give a dark picture with one bright square."""
    picture = np.zeros((8, 8, 1), np.uint8)
    picture[row : row + 2, column : column + 2] = 255
    return picture


def pooled(folder: Path, weights: list[float]) -> tuple[Any, keras.Model]:
    """Give a network whose classes weigh the mean brightness so."""
    architecture = architecture_of(folder, POOLED)
    model = build_model(architecture)
    model.get_layer("map").set_weights([np.ones((1, 1, 1, 1)), np.zeros(1)])
    model.get_layer("head").set_weights([np.array([weights]), np.zeros(3)])
    return architecture, model


@pytest.mark.parametrize("strength", [1.0, 1e4])
def test_what_speaks_for_a_class_is_bright(tmp_path: Path, strength: float) -> None:
    """The figure would show something else, or nothing once the network is sure."""
    architecture, model = pooled(tmp_path, [strength, -strength, 0.0])
    pictures = [spot(1, 2), spot(5, 4)]
    found = attention(model, architecture, EXPLAINED["classification"], pictures, CLASS_NAMES)
    assert found is not None
    assert (list(found.classes), found.layer) == ([0, 0], "map")
    for picture, seen in zip(pictures, found.maps, strict=True):
        assert np.allclose(seen, picture[..., 0] / 255, atol=1e-6)


def test_what_speaks_against_a_class_is_dark(tmp_path: Path) -> None:
    """Places that speak against the answer would look like its reason."""
    architecture, model = pooled(tmp_path, [-1.0, -2.0, -3.0])
    found = attention(model, architecture, EXPLAINED["classification"], [spot(0, 0)], CLASS_NAMES)
    assert found is not None
    assert not found.maps.any()


def test_the_network_is_left_as_it_was(tmp_path: Path) -> None:
    """Looking at a network would change its answers."""
    architecture, model = pooled(tmp_path, [1.0, -1.0, 0.0])
    inputs = np.random.default_rng(0).random((2, 8, 8, 1), np.float32)
    before = model(inputs).numpy()
    attention(model, architecture, EXPLAINED["classification"], [spot(1, 1)], CLASS_NAMES)
    assert np.array_equal(before, model(inputs).numpy())


def test_the_pixels_of_the_commonest_class_are_explained(tmp_path: Path) -> None:
    """A segmentation would be explained by its background, or not at all."""
    layers = [
        {"type": "Conv2D", "name": "map", "filters": 1, "kernel_size": 1},
        {"type": "Conv2D", "name": "head", "filters": 3, "kernel_size": 1, "activation": "softmax"},
    ]
    architecture = architecture_of(tmp_path, layers, task="segmentation")
    model = build_model(architecture)
    model.get_layer("map").set_weights([np.ones((1, 1, 1, 1)), np.zeros(1)])
    model.get_layer("head").set_weights([np.array([[[[-5.0, 5.0, 0.0]]]]), np.array([1.0, 0.0, 0.0])])
    names = ("background", "bright", "never")
    found = attention(model, architecture, EXPLAINED["segmentation"], [spot(3, 3)], names)
    assert found is not None
    assert list(found.classes) == [1]
    assert np.allclose(found.maps[0], spot(3, 3)[..., 0] / 255, atol=1e-6)


def test_a_network_without_maps_has_no_figure(tmp_path: Path) -> None:
    """The run of a network of Dense layers would end in a traceback."""
    layers = [{"type": "Flatten"}, {"type": "Dense", "units": 3, "activation": "softmax"}]
    architecture = architecture_of(tmp_path, layers)
    found = attention(build_model(architecture), architecture, EXPLAINED["classification"], [spot(0, 0)], CLASS_NAMES)
    assert found is None


def test_every_task_is_explained() -> None:
    """A new task would have no such figure, and nobody would notice."""
    assert set(EXPLAINED) | {"detection"} == set(TASKS)


def test_only_what_is_looked_at_is_covered() -> None:
    """The picture could not be made out below."""
    picture = np.full((2, 2, 3), 100, np.uint8)
    drawn = overlaid(picture, np.array([[0.0, 1.0], [0.0, 0.0]]))
    assert (drawn[0, 0] == 100).all()
    assert (drawn[0, 1] != 100).any()
