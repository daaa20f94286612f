"""Every engine that a run can be exported to: what it writes answers as the network does."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.commands.engines import Workshop
from cnnkeras.commands.options import ENGINE_NAMES
from cnnkeras.errors import RunError
from cnnkeras.serving.comparison import relative
from cnnkeras.serving.engines import ENGINES
from cnnkeras.serving.engines.engine import CannotTake
from cnnkeras.serving.engines.keras_file import KerasFile
from cnnkeras.serving.engines.network import PortableNetwork
from cnnkeras.serving.engines.trial import EXACT_BOUND, AsModel, prepared
from cnnkeras.tasks.measurement import Measurement
from tests.inspection.networks import LAYERS, architecture_of, data, model_of, pictures

# TFLite's own notices, of which none is about the network, come as warnings; onnx asks NumPy 2 by an old name.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
MASKS: list[dict[str, Any]] = [
    {"type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "symmetric", "activation": "relu"},
    {"type": "Conv2DTranspose", "filters": 4, "kernel_size": 2, "strides": 2},
    {"type": "MaxPooling2D", "pool_size": 2},
    {"type": "Conv2D", "filters": 3, "kernel_size": 1},
]
INPUT = {"shape": [8, 8, 1], "range": [-1, 1], "mean": [0.2], "std": [0.5]}


def network_of(folder: Path, layers: list[dict[str, Any]], **sections: Any) -> PortableNetwork:
    """Give a small network with weights of its own."""
    architecture = architecture_of(folder, layers, **{"input": INPUT, **sections})
    return PortableNetwork(model_of(architecture), architecture, architecture.task)


def test_the_command_line_knows_them() -> None:
    """An engine could not be asked for, or a name that is offered be none."""
    assert tuple(ENGINES) == ENGINE_NAMES


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize(("task", "layers"), [("classification", LAYERS), ("segmentation", MASKS)])
def test_it_answers_as_the_network(name: str, task: str, layers: list[dict[str, Any]], tmp_path: Path) -> None:
    """A phone would see something else than what was trained."""
    network = network_of(tmp_path, layers, task=task)
    images = np.stack(prepared(network.architecture, list(pictures(4))))
    engine = ENGINES[name]
    file = tmp_path / f"small{engine.ending}"
    engine.write(network, file, list(images))
    answered, expected = engine.open(file)(images), network.reference(images)
    # A segmentation without an activation gives logits: what they mean stands beside them, but for Keras's own file.
    meant = {"outputs"} if task == "classification" or name == "keras" else {"outputs", "probabilities"}
    assert answered.keys() == meant
    for output in meant:
        bound = EXACT_BOUND if engine.is_exact else 0.1
        assert relative(expected[output], answered[output]) <= bound


def test_a_mixed_network_with_two_outputs_is_a_keras_file(tmp_path: Path) -> None:
    """A network trained in bfloat16 would be slow and coarse where it is taken to."""
    layers = [*LAYERS, {"type": "Flatten", "inputs": "conv"}, {"type": "Dense", "name": "auxiliary", "units": 3}]
    architecture = architecture_of(tmp_path, layers, outputs=["answer", "auxiliary"])
    network = PortableNetwork(model_of(architecture, "mixed_bfloat16"), architecture, architecture.task)
    KerasFile().write(network, tmp_path / "small.keras", [])
    images = pictures(2).astype(np.float32)
    loaded = keras.models.load_model(tmp_path / "small.keras")
    assert loaded.compute_dtype == "float32"
    np.testing.assert_allclose(loaded(images, training=False), network.reference(images)["outputs"], atol=1e-6)


@pytest.mark.parametrize("name", [name for name in ENGINES if name.startswith("tflite")])
def test_tflite_takes_one_size(name: str, tmp_path: Path) -> None:
    """A user would look at the converter's own words."""
    layers: list[dict[str, Any]] = [
        {"type": "Conv2D", "filters": 3, "kernel_size": 3},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Softmax"},
    ]
    network = network_of(tmp_path, layers, input={"shape": [None, None, 1]})
    with pytest.raises(CannotTake) as raised:
        ENGINES[name].write(network, tmp_path / "small", [])
    assert str(raised.value) == "its pictures may have any size, and TFLite takes one\nfix it with input.shape=[…]"


def test_onnx_takes_any_size(tmp_path: Path) -> None:
    """A fully convolutional network would lose its freedom."""
    layers: list[dict[str, Any]] = [
        {"type": "Conv2D", "filters": 3, "kernel_size": 3},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Softmax"},
    ]
    network = network_of(tmp_path, layers, input={"shape": [None, None, 1]})
    ENGINES["onnx"].write(network, tmp_path / "small.onnx", [])
    run = ENGINES["onnx"].open(tmp_path / "small.onnx")
    for shape in ((1, 8, 8), (3, 11, 6)):
        images = pictures(*shape).astype(np.float32)
        np.testing.assert_allclose(run(images)["outputs"], network.reference(images)["outputs"], atol=1e-5)


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """Give a workshop for a small network on noise."""
    architecture = architecture_of(tmp_path, input=INPUT)
    return Workshop(tmp_path, architecture, architecture.task, data(), model_of(architecture))


def test_a_row_and_a_card(workshop: Workshop, tmp_path: Path) -> None:
    """A user could not tell what the file is worth, nor how to ask it."""
    row = workshop.make("tflite", ENGINES["tflite"])
    assert row.keys() == {"engine", "file", "kilobytes", "milliseconds", "difference", "loss", "accuracy"}
    assert (row["engine"], row["file"]) == ("tflite", "small.tflite")
    assert row["milliseconds"] > 0
    card = json.loads((tmp_path / "small.tflite.json").read_text("utf-8"))
    assert card == {
        "engine": "tflite",
        "file": "small.tflite",
        "input": {"name": "images", "shape": ["batch", 8, 8, 1], "type": "float32", "values": "from 0 to 255"},
        "before": {
            "channels": "grey",
            "resize": "stretch",
            "interpolation": "bilinear, antialiased",
            "round": "to whole numbers",
        },
        "inside": "the scaling to the network's range, mean and standard deviation",
        "outputs": {"outputs": {"shape": ["batch", 3], "means": "the network's own output: a number a class"}},
        "class_names": ["ring", "5$ or 10$", "eine Katze"],
    }


def test_it_is_measured_as_the_network_is(workshop: Workshop) -> None:
    """The accuracy of a file would be that of other pictures, or of pictures scaled twice."""
    from cnnkeras.commands.settling import measure

    row = workshop.make("keras", ENGINES["keras"])
    network = measure(workshop._network.model, workshop._architecture, workshop._task, workshop._data)["test"]
    assert {name: row[name] for name in network.metrics} == pytest.approx(network.metrics, abs=1e-5)


def test_an_engine_that_answers_otherwise_is_refused(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong file would be used."""
    monkeypatch.setattr(KerasFile, "open", lambda *_: lambda images: {"outputs": np.ones((len(images), 3), np.float32)})
    with pytest.raises(
        RunError, match=r"^keras answers otherwise than the network: it is off by .*, and 0\.001 is allowed"
    ):
        workshop.make("keras", ENGINES["keras"])
    assert not (tmp_path / "small.keras").exists()


def test_a_missing_package_is_told(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user would look at a traceback, and not know what to install."""
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(RunError) as raised:
        workshop.make("onnx", ENGINES["onnx"])
    assert str(raised.value) == (
        "onnx needs a package that is not installed: tf2onnx\n     = help: pip install 'cnnkeras[onnx]'"
    )


def test_what_an_engine_can_not_take_is_told(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user would look at a traceback of the converter."""

    def refuse(*_: Any) -> None:
        raise CannotTake("it has no operation NonMaxSuppression")

    monkeypatch.setattr(KerasFile, "write", refuse)
    with pytest.raises(RunError) as raised:
        workshop.make("keras", ENGINES["keras"])
    assert str(raised.value) == (
        "keras can't take this network: it has no operation NonMaxSuppression\n"
        "     = help: the export for TF Serving runs it: python run.py export RUN"
    )


def test_what_can_not_be_written_is_told(workshop: Workshop, tmp_path: Path) -> None:
    """A user would look at a traceback."""
    (tmp_path / "small.tflite").mkdir()
    with pytest.raises(RunError) as raised:
        workshop.make("tflite", ENGINES["tflite"])
    assert (
        str(raised.value) == f"{tmp_path}/small.tflite can't be written: Is a directory\n     = help: see to its folder"
    )


def test_it_gets_whole_numbers_again(tmp_path: Path) -> None:
    """An engine that scales by itself would get pictures that are scaled already."""
    network = network_of(tmp_path, LAYERS)
    seen: list[np.ndarray] = []

    def run(images: np.ndarray) -> dict[str, np.ndarray]:
        seen.append(images)
        return {"outputs": np.zeros((len(images), 3), np.float32)}

    from cnnkeras.datasets.preparation import scale

    model = AsModel(run, network.model, network.architecture)
    assert model(scale(tf.constant(pictures(3)), network.architecture.input)).shape == (3, 3)
    np.testing.assert_array_equal(seen[0], pictures(3))


def test_masks_of_an_engine_are_measured(tmp_path: Path) -> None:
    """Of a segmentation `export --to` would end in a traceback: an engine's answers tell TensorFlow no length."""
    network = network_of(tmp_path, MASKS, task="segmentation")
    ENGINES["keras"].write(network, tmp_path / "small.keras", [])
    model = AsModel(ENGINES["keras"].open(tmp_path / "small.keras"), network.model, network.architecture)
    measurement = Measurement(network.architecture.task, model, network.architecture)
    images = np.stack(prepared(network.architecture, list(pictures(2)))).astype(np.float32)
    batch = tf.constant(images), tf.zeros((2, 8, 8), tf.uint8)
    ((truth, probabilities),) = measurement.over([batch])
    right = float((probabilities.argmax(axis=-1) == truth).mean())
    assert measurement.metrics()["accuracy"] == pytest.approx(right, abs=1e-4)
