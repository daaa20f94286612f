"""Every shipped architecture, built: Keras's own figures are the ones that were derived without it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnnkeras.analysis.analysis import NodeAnalysis, analyse
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.load import load_architecture

FOLDER = Path(__file__).resolve().parents[2] / "architectures"
# Over half a gigabyte with what Keras needs beside it, and up to ten seconds to draw the initial weights.
LARGE = ("alexnet", "fcn16s", "fcn32s", "fcn8s", "vgg16", "vgg19", "yolo")
FILES = [
    pytest.param(path, id=path.stem, marks=pytest.mark.slow if path.stem in LARGE else ())
    for path in sorted(FOLDER.glob("*.json"))
]


def load(path: Path) -> Architecture:
    """Give a shipped architecture, its number of classes filled in."""
    architecture = load_architecture(path, registry=REGISTRY).architecture
    assert architecture is not None
    return architecture


def build(architecture: Architecture) -> Any:
    """Give the Keras model, in a session of its own."""
    import keras

    from cnnkeras.model import build_model

    keras.backend.clear_session()
    return build_model(architecture)


def figures_of(layer: Any) -> tuple[Any, ...]:
    """Give what Keras says of a layer: shape without the batch, parameters, trainable parameters."""
    trainable = sum(int(weight.numpy().size) for weight in layer.trainable_weights)
    # A backbone whose levels are taken gives them in the order of their names, its own output, "whole", last.
    output = layer.output[-1] if isinstance(layer.output, list) else layer.output
    return tuple(output.shape[1:]), layer.count_params(), trainable


def derived(node: NodeAnalysis) -> tuple[Any, ...]:
    """Give the same as derived without Keras."""
    return node.output_shape, node.parameters, node.trainable_parameters


@pytest.mark.parametrize("path", FILES)
def test_built_model_is_the_derived_one(path: Path) -> None:
    """Otherwise `check` tells a user figures that the network does not have."""
    architecture = load(path)
    analysis = analyse(architecture)
    model = build(architecture)
    built = {node.name: figures_of(model.get_layer(node.name)) for node in analysis.nodes}
    assert built == {node.name: derived(node) for node in analysis.nodes}
    assert model.count_params() == analysis.totals.parameters


def keras_resnet50_names() -> list[str]:
    """Give the names of keras.applications.ResNet50's layers with weights, in the order of our file."""
    names = ["conv1_conv", "conv1_bn"]
    for stage, blocks in ((2, 3), (3, 4), (4, 6), (5, 3)):
        for block in range(1, blocks + 1):
            numbers = (0, 1, 2, 3) if block == 1 else (1, 2, 3)
            names += [f"conv{stage}_block{block}_{number}_{kind}" for number in numbers for kind in ("conv", "bn")]
    return [*names, "predictions"]


def assert_same_network(name: str, theirs: Any, their_layers: list[Any]) -> None:
    """Give our network their weights, layer by layer, and compare what both make of a picture."""
    import numpy as np

    architecture = load(FOLDER / f"{name}.json")
    ours = build(architecture)
    our_layers = [ours.get_layer(node.name) for node in architecture.nodes if ours.get_layer(node.name).weights]
    assert [[tuple(weight.shape) for weight in layer.weights] for layer in our_layers] == [
        [tuple(weight.shape) for weight in layer.weights] for layer in their_layers
    ]
    for our_layer, their_layer in zip(our_layers, their_layers, strict=True):
        our_layer.set_weights(their_layer.get_weights())
    picture = np.random.default_rng(0).normal(size=(1, 224, 224, 3)).astype("float32")
    actual, expected = (np.asarray(features(model, picture)) for model in (ours, theirs))
    assert np.abs(expected).max() > 0
    np.testing.assert_allclose(actual, expected, rtol=1e-3, atol=1e-4 * np.abs(expected).max())


def features(model: Any, picture: Any) -> Any:
    """Give what the last layer reads: untrained, it makes nearly the same of every picture."""
    import keras

    # A random layer calls itself and what follows training where nobody says otherwise.
    return keras.Model(model.input, model.layers[-1].input)(picture, training=False)


def test_resnet50_is_that_of_keras() -> None:
    """Otherwise weights trained with keras.applications' ResNet-50 mean something else here."""
    import keras

    theirs = keras.applications.ResNet50(weights=None)
    assert_same_network("resnet50", theirs, [theirs.get_layer(name) for name in keras_resnet50_names()])


@pytest.mark.slow
def test_vgg16_is_that_of_keras() -> None:
    """Otherwise weights trained with keras.applications' VGG16 mean something else here."""
    import keras

    theirs = keras.applications.VGG16(weights=None)
    assert_same_network("vgg16", theirs, [layer for layer in theirs.layers if layer.weights])
