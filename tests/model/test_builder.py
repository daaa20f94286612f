"""From an architecture to a Keras model."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.errors import RunError
from cnnkeras.layers.base import KerasLayer
from cnnkeras.layers.reshaping import Flatten
from cnnkeras.model import build_model
from cnnkeras.model.registry import OUR_INITIALIZERS, OURS, layer_class
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.load import load_architecture

Read = Callable[..., Architecture]
CONVOLUTION = {"type": "Conv2D", "filters": 2, "kernel_size": 3, "name": "first"}
HEAD: list[dict[str, Any]] = [{"type": "Flatten"}, {"type": "Dense", "units": 3, "activation": "softmax"}]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Give a function that makes an architecture of layers and further sections."""

    def make(*layers: Any, **sections: Any) -> Architecture:
        path = tmp_path / "small.json"
        path.write_text(json.dumps({"input": {"shape": [6, 6, 1]}, "layers": list(layers), **sections}))
        architecture = load_architecture(path).architecture
        assert architecture is not None
        return architecture

    return make


def test_layers_are_called_as_in_the_file(read: Read) -> None:
    """A user would not find a layer of the file in TensorBoard, or in Python."""
    architecture = read(CONVOLUTION, *HEAD)
    model = build_model(architecture)
    assert [layer.name for layer in model.layers] == ["input", *(node.name for node in architecture.nodes)]
    assert model.name == "small"
    assert model.output_shape == (None, 3)


def test_branches_and_several_outputs(read: Read) -> None:
    """A skip connection or a second head would be lost."""
    same = {"type": "Conv2D", "filters": 1, "kernel_size": 3, "padding": "same"}
    layers = [{**same, "name": "left"}, {**same, "name": "right", "inputs": "input"}]
    model = build_model(
        read(*layers, {"type": "Add", "name": "sum", "inputs": ["left", "right"]}, outputs=["sum", "left"])
    )
    x = np.ones((1, 6, 6, 1), "float32")
    total, left = model(x)
    np.testing.assert_allclose(total - left, model.get_layer("right")(x), atol=1e-6)
    assert model.output_names == ["sum", "left"]


def test_what_comes_out_is_float32_in_every_precision(read: Read) -> None:
    """A softmax of eight bits would hold a loss back, and a user's client would get a type it can't read."""
    model = build_model(read(CONVOLUTION, *HEAD), "mixed_bfloat16")
    assert model.get_layer("first").compute_dtype == "bfloat16"
    assert model.get_layer("first").dtype == "float32"
    assert model.output.dtype == "float32"
    assert model.layers[-1].compute_dtype == "float32"


def test_sides_that_the_data_tells(read: Read) -> None:
    """A fully convolutional net would take one size only."""
    model = build_model(read({**CONVOLUTION, "padding": "reflect"}, input={"shape": [None, None, 1]}))
    assert model(np.ones((1, 5, 9, 1), "float32")).shape == (1, 5, 9, 2)


def test_fixed_kernels(read: Read) -> None:
    """A file of classical filters would be drawn at random."""
    fixed = {"use_bias": False, "trainable": False, "kernel_initializer": [[0, 1, 0], [1, -4, 1], [0, 1, 0]]}
    model = build_model(read({**CONVOLUTION, **fixed}))
    assert np.asarray(model.get_layer("first").kernel.value)[:, :, 0, 1].tolist() == fixed["kernel_initializer"]
    assert model.trainable_weights == []


def test_objects_inside_a_layer(read: Read) -> None:
    """An initializer, a regularizer or a constraint of the file would be ignored."""
    objects = {"kernel_initializer": {"type": "Constant", "value": 2}, "kernel_regularizer": {"type": "L2", "l2": 0.5}}
    layer = build_model(read({**CONVOLUTION, **objects, "kernel_constraint": "NonNeg"})).get_layer("first")
    assert (np.asarray(layer.kernel.value) == 2).all()
    assert layer.kernel_regularizer.l2 == 0.5
    assert type(layer.kernel_constraint).__name__ == "NonNeg"


def test_a_refusal_of_keras_names_the_layer(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user would read Keras's traceback, and not know which layer of the file it is about."""
    architecture = read(CONVOLUTION, *HEAD)
    monkeypatch.setattr(Flatten, "keras_layer", lambda layer: KerasLayer("Flatten", {"data_format": "sideways"}))
    with pytest.raises(RunError) as caught:
        build_model(architecture)
    assert str(caught.value) == (
        'layers[1] Flatten "flatten_1": Keras can\'t build it: The `data_format` argument must be one of '
        "{'channels_first', 'channels_last'}. Received: data_format=sideways\n"
        "     = help: `check` should have found this before: please report it, with the file"
    )


def test_weights_without_room_are_no_mistake_of_ours(read: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that is far too large would end in TensorFlow's words, and ask its user to report it."""
    architecture = read(CONVOLUTION, *HEAD)

    def fill(*_: Any) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[5,5,6,100000000]")

    monkeypatch.setattr(keras.layers.Conv2D, "build", fill)
    with pytest.raises(RunError) as caught:
        build_model(architecture)
    assert str(caught.value) == (
        'layers[0] Conv2D "first": its weights do not fit into the memory\n'
        "     = help: give it, or the layers before it, fewer filters or units; check shows how many weights each has"
    )


def test_an_entry_that_is_wrong_is_never_built(read: Read) -> None:
    """A layer that nobody asked for would stand in its place."""
    architecture = read(CONVOLUTION)
    nodes = (replace(architecture.nodes[0], layer=None),)
    with pytest.raises(RunError, match=r"layers\[0\] Conv2D .*: Keras can't build it: the file's entry is wrong"):
        build_model(replace(architecture, nodes=nodes))


def test_names_are_those_that_keras_registers() -> None:
    """A layer would be saved under a name that loading does not find."""
    import keras

    for name, kind in (OURS | OUR_INITIALIZERS).items():
        assert keras.saving.get_registered_name(kind) == name


def test_only_known_classes_are_made() -> None:
    """A file could reach any class of Keras by its name."""
    with pytest.raises(KeyError):
        layer_class("Lambda")
