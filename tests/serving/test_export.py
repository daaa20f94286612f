from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.errors import RunError
from cnnkeras.serving import verification
from cnnkeras.serving.endpoints import Endpoints
from cnnkeras.serving.export import export
from cnnkeras.serving.pictures import decode
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
    extras = {file.name: json.loads(file.read_text("utf-8")) for file in (exported.path / "assets.extra").iterdir()}
    assert extras == {
        "class_names.json": list(CLASS_NAMES),
        "input.json": {
            "shape": [8, 8, 1],
            "range": [0.0, 1.0],
            "mean": None,
            "std": None,
            "resize": "stretch",
            "interpolation": "bilinear",
        },
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
    assert sorted(place.name for place in (tmp_path / "export").iterdir()) == ["10", "9"]


def write(exported: Exported, directory: Path) -> Path:
    """Export again."""
    return export(exported.model, exported.architecture, exported.architecture.task, CLASS_NAMES, directory)


def test_what_can_not_be_written_leaves_nothing(exported: Exported, tmp_path: Path) -> None:
    """A user would look at a traceback, or at half an export."""
    (tmp_path / "run").write_text("a file")
    with pytest.raises(RunError) as raised:
        write(exported, tmp_path / "run" / "export")
    assert str(raised.value) == (
        f"the export could not be written to {tmp_path}/run/export/1: Not a directory\n"
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
        f"the export could not be written to {tmp_path}/export/1: No space left on device\n"
        "     = help: see to the place and its space; the trained network itself is in model.keras"
    )
    assert not list(tmp_path.iterdir())


def test_ctrl_c_leaves_nothing(exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interrupted export would look like one."""

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cnnkeras.serving.export.verify", interrupted)
    (tmp_path / "export").mkdir()
    with pytest.raises(KeyboardInterrupt):
        write(exported, tmp_path / "export")
    assert not list((tmp_path / "export").iterdir())


def failed(reason: str) -> str:
    """Give the text of a failed verification."""
    return (
        f"the export does not answer as the network does: {reason}\n"
        "     = help: nothing was exported; the trained network itself is in model.keras"
    )


def test_another_weight_is_found(exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network other than the trained one would be served."""
    save = Endpoints.save

    def save_then_change(endpoints: Endpoints, directory: Path) -> None:
        save(endpoints, directory)
        dict(endpoints.weights())["head/bias"].assign_add([0.0, 1e-6, 0.0])

    monkeypatch.setattr(Endpoints, "save", save_then_change)
    with pytest.raises(RunError) as raised:
        write(exported, tmp_path / "export")
    assert str(raised.value) == failed("the weight head/bias is not the network's")
    assert not list(tmp_path.iterdir())


def test_an_export_that_does_not_load_is_found(
    exported: Exported, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server would be the first to notice."""
    monkeypatch.setattr(Endpoints, "save", lambda _, directory: (directory / "saved_model.pb").write_text("broken"))
    with pytest.raises(RunError, match="a process with TensorFlow alone could not run it: OSError: "):
        write(exported, tmp_path / "export")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        ({"score": [0.5, 0.6999]}, "score of serving_default is off by 0.00011, and 0.0001 is allowed"),
        ({"score": [0.5, np.nan]}, "score of serving_default is off by inf, and 0.0001 is allowed"),
        ({"label": ["a", "b"]}, "label of serving_default is off by 0.5, and 0.0001 is allowed"),
    ],
)
def test_another_answer_is_found(answered: dict[str, Any], reason: str, tmp_path: Path) -> None:
    """An export that answers otherwise would be served."""
    answer = {"score": tf.constant([0.5, 0.70001]), "label": tf.constant(["a", "a"])}
    for name, value in answer.items():
        serialized = tf.io.serialize_tensor(tf.constant(answered.get(name, value)))
        (tmp_path / f"0.serving_default.{name}").write_bytes(serialized.numpy())
    with pytest.raises(RunError) as raised:
        verification._compare("serving_default", answer, tmp_path, 0)
    assert str(raised.value) == failed(reason)


def test_a_large_number_may_differ_in_its_last_digits(tmp_path: Path) -> None:
    """A deep network's features, in the thousands, would fail for their rounding."""
    (tmp_path / "0.features.features").write_bytes(tf.io.serialize_tensor(tf.constant([5000.0, 0.1])).numpy())
    verification._compare("features", {"features": tf.constant([5000.0, 0.2])}, tmp_path, 0)


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
    monkeypatch.setattr(verification, "BOUND", 1e-6)
    verification.verify(tmp_path / "saved", endpoints, list(pictures(2)))
    served = endpoints.answer(tf.constant(pictures(2)))["probabilities"]
    np.testing.assert_allclose(served, model(pictures(2) / np.float32(255), training=False), atol=1e-6)


def test_what_needs_a_compiler_is_refused() -> None:
    """TF Serving comes without XLA's: it would load the network and answer no one."""
    from cnnkeras.serving.replay import refuse_compiled

    @tf.function(jit_compile=True)
    def compiled(number: tf.Tensor) -> tf.Tensor:
        return number + 1

    @tf.function
    def calling(number: tf.Tensor) -> tf.Tensor:
        return compiled(number)

    graph = calling.get_concrete_function(tf.TensorSpec((), tf.float32)).graph
    with pytest.raises(
        ValueError, match=r"^__inference_compiled_\d+ has to be compiled by XLA, which a server has not$"
    ):
        refuse_compiled(graph)


def test_a_failure_is_told_in_one_sentence() -> None:
    """A user would read the place in TensorFlow's graph, and not what is wrong there."""
    from cnnkeras.serving.replay import sentence

    message = (
        "Graph execution error:\n\nDetected at node conv/Relu defined at (most recent call last):\n"
        "<stack traces unavailable>\nNo such kernel.\n\t [[{{node conv/Relu}}]]"
    )
    assert sentence(tf.errors.UnimplementedError(None, None, message)) == "UnimplementedError: No such kernel."
    assert sentence(OSError()) == "OSError: it says nothing"


def test_a_large_network_is_proved_on_fewer_pictures(tmp_path: Path) -> None:
    """The proof of a U-Net would take a quarter of an hour."""
    from cnnkeras.serving.export import _golden

    dense = [{"type": "Flatten"}, {"type": "Dense", "units": 3}, {"type": "Softmax"}]
    large = [{"type": "Conv2D", "filters": 256, "kernel_size": 7, "padding": "same"}, *dense]
    sizes = [_golden(architecture_of(tmp_path, large, input={"shape": [side, side, 3]})) for side in (8, 400, 900)]
    assert sizes == [16, 4, 1]


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
