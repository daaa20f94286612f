"""KerasCV's backbones in our networks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.layers import LAYERS
from cnnkeras.layers.backbones.backbone import Backbone
from cnnkeras.model import build_model
from cnnkeras.model.builder import keras_layer
from cnnkeras.spec.architecture import Node
from cnnkeras.spec.load import load_architecture
from tests.contracts.backbone_examples import BACKBONE_EXAMPLES

FILE = {
    "input": {"shape": [64, 64, 3]},
    "layers": [
        {
            "type": "ResNetV2Backbone",
            "stackwise_filters": [8, 16, 24],
            "stackwise_blocks": [2, 2, 2],
            "stackwise_strides": [1, 2, 2],
            "name": "backbone",
        },
        {"type": "UpSampling2D", "size": 2, "name": "up"},
        {"type": "Concatenate", "inputs": ["backbone.P3", "up"]},
        {"type": "Conv2D", "filters": 2, "kernel_size": 1},
    ],
}


def small_model(tmp_path: Path, precision: str = "float32") -> keras.Model:
    path = tmp_path / "small.json"
    path.write_text(json.dumps(FILE))
    architecture = load_architecture(path).architecture
    assert architecture is not None
    return build_model(architecture, precision)


@pytest.mark.parametrize("name", sorted(BACKBONE_EXAMPLES))
def test_every_level_has_the_shape_that_is_derived(name: str) -> None:
    """A decoder that fits in `check` would not fit when it is built."""
    for fields, shapes in BACKBONE_EXAMPLES[name]:
        layer = LAYERS[name].model_validate(fields)
        assert isinstance(layer, Backbone)
        built = keras_layer(Node("backbone", name, layer, ("input",), ("layers", 0), "layers[0]"))
        built.levels = list(layer.level_names)
        maps = built(keras.Input(shapes[0]))
        assert {level: tuple(maps[level].shape[1:]) for level in layer.level_names} == layer.levels(*shapes)


@pytest.mark.parametrize("precision", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_trains_saves_and_loads_in_every_precision(tmp_path: Path, precision: str) -> None:
    """A decoder over a backbone would crash in the fastest precision, or leave weights untrained."""
    model = small_model(tmp_path, precision)
    x = np.random.default_rng(0).uniform(size=(2, 64, 64, 3)).astype("float32")
    with tf.GradientTape() as tape:
        loss = keras.ops.mean(keras.ops.square(model(x, training=True)))
    gradients = tape.gradient(loss, model.trainable_variables)
    assert all(gradient is not None and np.isfinite(gradient.numpy()).all() for gradient in gradients)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(model(x), again(x))


def test_the_export_answers_the_same(tmp_path: Path) -> None:
    """What is served would not be what was trained."""
    model = small_model(tmp_path)
    model.export(tmp_path / "export", verbose=False)
    x = np.random.default_rng(0).uniform(size=(1, 64, 64, 3)).astype("float32")
    served = tf.saved_model.load(str(tmp_path / "export"))
    np.testing.assert_allclose(served.serve(x), model(x), atol=1e-5)


TWO_REPLICAS = """
import sys
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
import numpy as np
from cnnkeras.model import build_model
from cnnkeras.spec.load import load_architecture
with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
    model = build_model(load_architecture(sys.argv[1]).architecture)
    model.compile("sgd", "mse")
assert np.isfinite(model.train_on_batch(np.ones((4, 64, 64, 3)), np.zeros((4, 8, 8, 2))))
"""


@pytest.mark.slow
def test_trains_on_two_replicas(tmp_path: Path) -> None:
    """A backbone could not be trained on several devices."""
    path = tmp_path / "small.json"
    path.write_text(json.dumps(FILE))
    process = subprocess.run(
        [sys.executable, "-c", TWO_REPLICAS, str(path)], capture_output=True, text=True, check=False
    )
    assert process.returncode == 0, process.stderr
