"""The proof of an export, when it is written and later."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2
from tensorflow.python.framework import op_def_registry

from cnnkeras.errors import RunError
from cnnkeras.serving import verification
from cnnkeras.serving.checksums import FILE, write_checksums
from cnnkeras.serving.endpoints import Endpoints
from cnnkeras.serving.export import export
from cnnkeras.serving.golden import FOLDER, read_golden
from cnnkeras.serving.replay import refuse_unserved, sentence
from cnnkeras.serving.requests import Request
from cnnkeras.serving.verification import verify_again
from tests.inspection.networks import CLASS_NAMES
from tests.serving.conftest import Exported

ONE = Request("serving_default", "images", np.zeros((2, 8, 8, 1), np.float32))


def failed(reason: str) -> str:
    """Give the text of a failed verification."""
    return (
        f"the export does not answer as the network does: {reason}\n"
        "     = help: it must not be served; the trained network itself is in model.keras"
    )


def write(exported: Exported, directory: Path) -> Path:
    """Export again."""
    return export(exported.model, exported.architecture, exported.architecture.task, CLASS_NAMES, directory)


def again(exported: Exported, copy: Path) -> list[verification.Compared]:
    """Prove a copy of the export against the network."""
    endpoints = Endpoints(exported.model, exported.architecture, exported.architecture.task, CLASS_NAMES)
    return verify_again(copy, endpoints, read_golden(copy).requests)


@pytest.fixture
def copy(exported: Exported, tmp_path: Path) -> Path:
    """Give a copy of the export, to be tampered with."""
    return Path(shutil.copytree(exported.path, tmp_path / "1"))


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


def test_an_export_is_proved_again_without_its_data(exported: Exported, copy: Path) -> None:
    """Whoever gets a run could not tell whether its export is the network's."""
    compared = again(exported, copy)
    assert {(each.signature, each.output) for each in compared} == {
        ("features", "features"),
        *((name, output) for name in ("serving_default", "serve_encoded") for output in ("class", "label", "probabilities", "score")),
    }  # fmt: skip
    assert {each.pictures for each in compared} == {2, 5}
    assert max(each.difference.value for each in compared) < 1e-5


@pytest.mark.parametrize("file", ["saved_model.pb", "variables/variables.data-00000-of-00001", f"{FOLDER}/index.json"])
def test_one_changed_byte_is_found(exported: Exported, copy: Path, file: str) -> None:
    """A file that was damaged on its way to the server would be served."""
    content = bytearray((copy / file).read_bytes())
    content[len(content) // 2] ^= 1
    (copy / file).write_bytes(content)
    with pytest.raises(RunError) as raised:
        verification.check_checksums(copy)
    assert str(raised.value) == (
        f"{copy} is not what was exported: {file} is not as it was written\n"
        "     = help: don't serve it; export the run again: python run.py export RUN"
    )


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda copy: (copy / "fingerprint.pb").unlink(), "fingerprint.pb is missing"),
        (lambda copy: (copy / "assets.extra/new").touch(), "assets.extra/new was not there when it was written"),
        (lambda copy: shutil.rmtree(copy / "variables"), "variables/variables.data-00000-of-00001 is missing, and 1 more differ"),
    ],
)  # fmt: skip
def test_a_missing_and_a_new_file_are_found(copy: Path, change, found: str) -> None:  # noqa: ANN001
    """An export that was copied in part would be served."""
    change(copy)
    with pytest.raises(RunError) as raised:
        verification.check_checksums(copy)
    assert str(raised.value).startswith(f"{copy} is not what was exported: {found}\n")


def test_without_checksums_nothing_is_proved(copy: Path) -> None:
    """Whoever takes the list of digests away could change the rest."""
    (copy / FILE).unlink()
    with pytest.raises(RunError) as raised:
        verification.check_checksums(copy)
    assert str(raised.value).startswith(f"{copy} has no readable {FILE}\n")


def test_another_export_with_its_own_checksums_is_found(exported: Exported, copy: Path) -> None:
    """Whoever changes a weight and writes the digests anew would not be noticed."""
    endpoints = Endpoints(exported.model, exported.architecture, exported.architecture.task, CLASS_NAMES)
    weight = dict(endpoints.weights())["conv/kernel"]
    weight.assign(weight.numpy() + np.eye(1, weight.numpy().size, 7).reshape(weight.shape) * 1e-6)
    shutil.rmtree(copy / "variables")
    endpoints.save(copy)
    write_checksums(copy)
    with pytest.raises(RunError) as raised:
        again(exported, copy)
    assert str(raised.value) == failed("the weight conv/kernel is not the network's")


def test_another_golden_answer_is_found(exported: Exported, copy: Path) -> None:
    """A running server would be held to an answer that is not the network's."""
    file = copy / FOLDER / "serving_default-1.answer.json"
    body = json.loads(file.read_text())
    body["predictions"][0]["score"] += 0.001
    file.write_text(json.dumps(body))
    write_checksums(copy)
    with pytest.raises(
        RunError, match=r"the golden answer score of serving_default-1 is off by 0\.001, and 0\.0001 is"
    ):
        again(exported, copy)


@pytest.mark.parametrize(
    ("answered", "reason"),
    [
        ({"score": [0.5, 0.6999]}, "score of serving_default is off by 0.00011, and 0.0001 is allowed"),
        ({"score": [0.5, np.nan]}, "score of serving_default is off by inf, and 0.0001 is allowed"),
        ({"label": ["a", "b"]}, "label of serving_default is off by 0.5, and 0.0001 is allowed"),
        ({"label": ["a"]}, "label of serving_default is off by inf, and 0.0001 is allowed"),
        ({"label": None}, "serving_default gives no label"),
    ],
)
def test_another_answer_is_found(answered: dict[str, list[object] | None], reason: str, tmp_path: Path) -> None:
    """An export that answers otherwise would be served."""
    answer = {"score": np.array([0.5, 0.70001], np.float32), "label": np.array([b"a", b"a"], object)}
    for name, value in ({key: value.tolist() for key, value in answer.items()} | answered).items():
        if value is not None:
            serialized = tf.io.serialize_tensor(tf.constant(value))
            (tmp_path / f"0.serving_default.{name}").write_bytes(serialized.numpy())
    with pytest.raises(RunError) as raised:
        list(verification._compare([(ONE, answer)], tmp_path))
    assert str(raised.value) == failed(reason)


def test_a_large_number_may_differ_in_its_last_digits(tmp_path: Path) -> None:
    """A deep network's features, in the thousands, would fail for their rounding."""
    (tmp_path / "0.serving_default.features").write_bytes(tf.io.serialize_tensor(tf.constant([5000.0, 0.1])).numpy())
    (compared,) = verification._compare([(ONE, {"features": np.array([5000.0, 0.2], np.float32)})], tmp_path)
    assert compared.difference.value == pytest.approx(2e-5, rel=1e-3)


def test_what_needs_a_compiler_is_refused() -> None:
    """TF Serving comes without XLA's: it would load the network and answer no one."""

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
        refuse_unserved(graph)


def test_what_needs_python_is_refused() -> None:
    """A server has no Python: it would not load the network."""

    @tf.function
    def calling(number: tf.Tensor) -> tf.Tensor:
        return tf.numpy_function(lambda value: value + 1, [number], tf.float32)

    graph = calling.get_concrete_function(tf.TensorSpec((), tf.float32)).graph
    with pytest.raises(ValueError, match=r"^it has the operation PyFunc(Stateless)?, which a server has not$"):
        refuse_unserved(graph)


def test_only_tensorflow_s_own_operations_are_served(exported: Exported) -> None:
    """TF Serving would refuse to load the export: it has no operations beside TensorFlow's."""
    saved = saved_model_pb2.SavedModel.FromString((exported.path / "saved_model.pb").read_bytes())
    graph = saved.meta_graphs[0].graph_def
    nodes = [*graph.node, *(node for function in graph.library.function for node in function.node_def)]
    own = {function.signature.name for function in graph.library.function}
    # The registry holds what C++ registered in this process: neither Keras nor cnnkeras brings operations of C++.
    assert {node.op for node in nodes if node.op not in own and op_def_registry.get(node.op) is None} == set()
    assert "DecodeImage" in {node.op for node in nodes}


def test_a_failure_is_told_in_one_sentence() -> None:
    """A user would read the place in TensorFlow's graph, and not what is wrong there."""
    message = (
        "Graph execution error:\n\nDetected at node conv/Relu defined at (most recent call last):\n"
        "<stack traces unavailable>\nNo such kernel.\n\t [[{{node conv/Relu}}]]"
    )
    assert sentence(tf.errors.UnimplementedError(None, None, message)) == "UnimplementedError: No such kernel."
    assert sentence(OSError()) == "OSError: it says nothing"
