from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.errors import RunError
from cnnkeras.serving.endpoints import Endpoints
from cnnkeras.serving.export import export
from cnnkeras.serving.pictures import decode
from cnnkeras.serving.requests import requests_for
from cnnkeras.serving.verification import verify
from tests.inspection.networks import CLASS_NAMES, LAYERS, architecture_of, model_of, pictures
from tests.serving.conftest import Exported

# Its own loader, and not ours: that the export needs no Keras is what is tested.
FRESH_PROCESS = """
import importlib.abc, importlib.machinery, json, sys
class Nothing(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        own = name.split(".")[0] in ("keras", "cnnkeras", "tf_keras")
        return importlib.machinery.ModuleSpec(name, self) if own else None
    def exec_module(self, module):
        raise ImportError(module.__name__)
sys.meta_path.insert(0, Nothing())
import numpy, tensorflow as tf
serve = tf.saved_model.load(sys.argv[1]).signatures["serving_default"]
answer = serve(images=tf.constant(numpy.load(sys.argv[2]), tf.float32))
print(json.dumps({"probabilities": answer["probabilities"].numpy().tolist(),
                  "label": [label.decode() for label in answer["label"].numpy()],
                  "keras": [name for name in sys.modules if name.split(".")[0] in ("keras", "cnnkeras")]}))
"""


def expected(exported: Exported, images: np.ndarray) -> np.ndarray:
    """Give Keras's own probabilities for 8 by 8 pictures."""
    return np.asarray(exported.model(images.astype(np.float32) / 255, training=False))


def test_answers_in_a_process_that_has_tensorflow_alone(exported: Exported, tmp_path: Path) -> None:
    """A server without Keras could not load the export, or would answer otherwise than the trained network."""
    images = pictures(4)
    np.save(tmp_path / "images.npy", images)
    command = [sys.executable, "-c", FRESH_PROCESS, str(exported.path), str(tmp_path / "images.npy")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    answer = json.loads(done.stdout.splitlines()[-1])
    probabilities = expected(exported, images)
    np.testing.assert_allclose(answer["probabilities"], probabilities, atol=1e-6)
    assert answer["label"] == [CLASS_NAMES[index] for index in probabilities.argmax(axis=-1)]
    assert answer["keras"] == []


def test_has_the_three_signatures_with_named_inputs_and_outputs(exported: Exported) -> None:
    """A client could not name what it sends and gets."""
    signatures = tf.saved_model.load(str(exported.path)).signatures
    found = {
        name: (signature.structured_input_signature[1], set(signature.structured_outputs))
        for name, signature in signatures.items()
    }
    images = {"images": tf.TensorSpec((None, None, None, None), tf.float32, name="images")}
    answers = {"probabilities", "class", "label", "score"}
    assert found == {
        "serving_default": (images, answers),
        "serve_encoded": ({"image_bytes": tf.TensorSpec((None,), tf.string, name="image_bytes")}, answers),
        "features": (images, {"features"}),
    }


def test_every_answer_has_one_row_a_picture(exported: Exported) -> None:
    """TF Serving's REST refuses answers of different lengths."""
    signatures = tf.saved_model.load(str(exported.path)).signatures
    answers = signatures["serving_default"](images=tf.constant(pictures(3), tf.float32))
    assert {value.shape[0] for value in answers.values()} == {3}


def test_encoded_pictures_are_answered_as_their_numbers(exported: Exported) -> None:
    """A PNG or a JPEG would be understood otherwise than the same picture as numbers, sizes mixed in a batch."""
    signatures = tf.saved_model.load(str(exported.path)).signatures
    mixed = [*pictures(2), *pictures(1, 30, 17), *pictures(1, 9, 9, 3)]
    encoded = [encode(picture).numpy() for picture in mixed for encode in (tf.io.encode_png, tf.io.encode_jpeg)]
    together = signatures["serve_encoded"](image_bytes=tf.constant(encoded))["probabilities"]
    for content, answer in zip(encoded, together, strict=True):
        numbers = tf.cast(decode(tf.constant(content), 1)[tf.newaxis], tf.float32)
        alone = signatures["serving_default"](images=numbers)["probabilities"][0]
        np.testing.assert_allclose(answer, alone, atol=1e-6)
    # PNG keeps every number.
    np.testing.assert_allclose(together[:4:2], expected(exported, pictures(2)), atol=1e-6)


def test_features_are_what_the_head_reads(exported: Exported) -> None:
    """The features would be the classes' logits, because a softmax stands behind the last Dense layer."""
    signatures = tf.saved_model.load(str(exported.path)).signatures
    features = signatures["features"](images=tf.constant(pictures(2), tf.float32))["features"]
    before_head = keras.Model(exported.model.inputs[0], exported.model.get_layer("head").input)
    np.testing.assert_allclose(features, before_head(pictures(2) / np.float32(255), training=False), atol=1e-5)


def test_carries_what_a_client_wants_to_know(exported: Exported) -> None:
    """Whoever gets only the export would not know its classes, its input, its worth and where it comes from."""
    extras = {file.name: file for file in (exported.path / "assets.extra").iterdir()}
    assert extras.keys() >= {"golden", "checksums.json", "tf_serving_warmup_requests"}
    told = ("class_names.json", "input.json", "metrics.json", "architecture.json")
    assert {name: json.loads(extras[name].read_text("utf-8")) for name in told} == {
        "class_names.json": list(CLASS_NAMES),
        "input.json": exported.architecture.input.model_dump(mode="json"),
        "metrics.json": {"test": {"accuracy": 0.5}},
        "architecture.json": json.loads(json.dumps(exported.architecture.resolved)),
    }


def test_a_second_export_stands_beside_the_first(
    exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A running server would lose its files, or a number would be taken twice."""
    monkeypatch.setattr("cnnkeras.serving.export.verify", lambda *_: None)
    (tmp_path / "export" / "9").mkdir(parents=True)
    assert write(exported, tmp_path / "export") == tmp_path / "export" / "10"
    assert sorted(place.name for place in (tmp_path / "export").iterdir() if place.is_dir()) == ["10", "9"]


def test_two_exports_at_once_take_two_numbers(
    exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slower one would be lost, and its user told to see to the disk."""

    def overtake(*_: object) -> None:
        (tmp_path / "export" / "1" / "variables").mkdir(parents=True)

    monkeypatch.setattr("cnnkeras.serving.export.verify", lambda *_: None)
    monkeypatch.setattr("cnnkeras.serving.export.write_checksums", overtake)
    numbers = iter([tmp_path / "export" / "1"])
    monkeypatch.setattr("cnnkeras.serving.export.next_version", lambda place: next(numbers, place / "2"))
    assert write(exported, tmp_path / "export") == tmp_path / "export" / "2"


def write(exported: Exported, directory: Path) -> Path:
    """Export again."""
    return export(exported.model, exported.architecture, exported.architecture.task, CLASS_NAMES, directory)


def test_what_can_not_be_written_leaves_nothing(exported: Exported, tmp_path: Path) -> None:
    """A user would look at a traceback, or at half an export."""
    (tmp_path / "run").write_text("a file")
    with pytest.raises(RunError) as raised:
        write(exported, tmp_path / "run" / "export")
    assert str(raised.value) == (
        f"the export could not be written to {tmp_path}/run/export: Not a directory\n"
        "     = help: see to the place and its space; the trained network itself is in model.keras"
    )
    assert [place.name for place in tmp_path.iterdir()] == ["run"]


def test_a_full_disk_leaves_nothing(exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A half-written export would stay where a server finds it."""

    def fill_up(_: Endpoints, directory: Path) -> None:
        (directory / "saved_model.pb").write_text("half")
        raise tf.errors.ResourceExhaustedError(None, None, "No space left on device")

    monkeypatch.setattr(Endpoints, "save", fill_up)
    with pytest.raises(RunError) as raised:
        write(exported, tmp_path / "export")
    assert str(raised.value) == (
        f"the export could not be written to {tmp_path}/export: No space left on device\n"
        "     = help: see to the place and its space; the trained network itself is in model.keras"
    )
    assert not list(tmp_path.iterdir())


def test_what_a_killed_export_left_is_removed(exported: Exported, tmp_path: Path) -> None:
    """Each kill in the middle of an export would cost its size on the disk."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    for name in (f"{dead.pid}/variables", f"{os.getppid()}", "notes"):
        (tmp_path / f".unfinished-{name}").mkdir(parents=True)
    write(exported, tmp_path)
    left = sorted(folder.name for folder in tmp_path.glob(".*"))
    assert left == sorted([f".unfinished-{os.getppid()}", ".unfinished-notes"])


def test_ctrl_c_leaves_nothing(exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupted export would look like one."""

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cnnkeras.serving.export.verify", interrupted)
    (tmp_path / "export").mkdir()
    with pytest.raises(KeyboardInterrupt):
        write(exported, tmp_path / "export")
    assert not list((tmp_path / "export").iterdir())


def answers(architecture: Any, model: keras.Model, images: np.ndarray, folder: Path) -> dict[str, np.ndarray]:
    """Give what an export answers when loaded again."""
    endpoints = Endpoints(model, architecture, architecture.task, CLASS_NAMES)
    endpoints.save(folder / "saved")
    signatures = tf.saved_model.load(str(folder / "saved")).signatures
    served = signatures["serving_default"](images=tf.constant(images, tf.float32))
    return {name: value.numpy() for name, value in served.items()} | {"signatures": set(signatures)}


def test_a_mixed_network_is_served_in_float32(tmp_path: Path) -> None:
    """A network trained in bfloat16 would crawl on a server's processor, or round its answers there."""
    architecture = architecture_of(tmp_path)
    mixed, plain = model_of(architecture, "mixed_bfloat16"), model_of(architecture, "float32")
    served = answers(architecture, mixed, pictures(4), tmp_path)
    np.testing.assert_allclose(served["probabilities"], plain(pictures(4) / np.float32(255), training=False), atol=1e-6)


def test_the_main_output_is_served_of_several(tmp_path: Path) -> None:
    """A network with an auxiliary output could not be exported, or the wrong one would answer."""
    auxiliary = [
        {"type": "Flatten", "inputs": "conv"},
        {"type": "Dense", "name": "auxiliary", "units": 3, "activation": "softmax"},
    ]
    architecture = architecture_of(tmp_path, [*LAYERS, *auxiliary], outputs=["answer", "auxiliary"])
    model = model_of(architecture)
    served = answers(architecture, model, pictures(4), tmp_path)
    np.testing.assert_allclose(
        served["probabilities"], model(pictures(4) / np.float32(255), training=False)[0], atol=1e-6
    )


def test_a_network_of_free_size_keeps_it(tmp_path: Path) -> None:
    """A fully convolutional network would be served for one size only."""
    layers: list[dict[str, Any]] = [
        {"type": "Conv2D", "filters": 3, "kernel_size": 3},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Softmax"},
    ]
    architecture = architecture_of(tmp_path, layers, input={"shape": [None, None, 1]})
    model = model_of(architecture)
    served = answers(architecture, model, pictures(2, 21, 13), tmp_path)
    np.testing.assert_allclose(served["probabilities"], model(pictures(2, 21, 13) / np.float32(255)), atol=1e-6)


def test_a_network_of_two_channels_takes_numbers_only(tmp_path: Path) -> None:
    """Its export would fail, for no picture file has two channels."""
    architecture = architecture_of(tmp_path, input={"shape": [8, 8, 2]})
    model = model_of(architecture)
    served = answers(architecture, model, pictures(2, channels=2), tmp_path)
    assert served["signatures"] == {"serving_default", "features"}


def test_groups_are_served_where_one_dnn_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AlexNet would answer here and fail on a server, where TensorFlow fuses a convolution but not its groups."""
    grouped: list[dict[str, Any]] = [
        {"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"},
        {"type": "Conv2D", "filters": 6, "kernel_size": 3, "groups": 2, "activation": "relu", "padding": "same"},
        *LAYERS[-4:],
    ]
    architecture = architecture_of(tmp_path, grouped)
    model = model_of(architecture)
    endpoints = Endpoints(model, architecture, architecture.task, CLASS_NAMES)
    endpoints.save(tmp_path / "saved")
    asked = [(request, endpoints.reference(request)) for request in requests_for(endpoints.inputs(), pictures(2))]
    compared = verify(tmp_path / "saved", endpoints, asked)
    assert max(each.difference.value for each in compared) < 1e-6
    served = endpoints.answer(tf.constant(pictures(2)))["probabilities"]
    np.testing.assert_allclose(served, model(pictures(2) / np.float32(255), training=False), atol=1e-6)


def test_the_task_is_told_each_picture_s_own_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Boxes could not be given in the pixels of the picture that was sent."""

    def tell(_: Any, outputs: tf.Tensor, names: tuple[str, ...], of: Any, sizes: tf.Tensor) -> dict[str, tf.Tensor]:
        assert sizes.dtype == tf.int32
        return {"sizes": sizes}

    architecture = architecture_of(tmp_path)
    monkeypatch.setattr(type(architecture.task), "answer", tell)
    endpoints = Endpoints(model_of(architecture), architecture, architecture.task, CLASS_NAMES)
    numbers = endpoints.answer(tf.constant(pictures(2, 30, 17), tf.float32))
    assert numbers["sizes"].numpy().tolist() == [[30, 17], [30, 17]]
    encoded = [tf.io.encode_png(pictures(1, *size)[0]) for size in ((30, 17), (9, 12))]
    assert endpoints.answer_encoded(tf.stack(encoded))["sizes"].numpy().tolist() == [[30, 17], [9, 12]]
