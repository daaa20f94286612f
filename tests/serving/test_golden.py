"""The requests and answers that lie beside an export."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from cnnkeras.errors import RunError
from cnnkeras.serving import golden
from cnnkeras.serving.golden import FOLDER, LARGEST_PICTURE, golden_pictures, read_golden, write_golden
from cnnkeras.serving.requests import Request
from cnnkeras.serving.rest_format import answers_from, answers_to, request_from, request_to
from tests.inspection.networks import architecture_of, pictures
from tests.serving.conftest import Exported


def test_every_signature_was_asked_about_every_picture(exported: Exported) -> None:
    """A user could not try what was tried when the export was written."""
    found = read_golden(exported.path)
    assert found.model == "small"
    assert found.inputs == {"serving_default": "images", "features": "images", "serve_encoded": "image_bytes"}
    assert found.outputs["serving_default"] == {
        "probabilities": "float32",
        "class": "int64",
        "label": "string",
        "score": "float32",
    }
    counts = [(each.name, len(each.request.value)) for each in found.requests]
    assert counts == [
        *((f"{name}-1", 5) for name in found.inputs),
        *((f"{name}-2", 2) for name in found.inputs),
    ]


def test_curl_could_send_them(exported: Exported) -> None:
    """A user could not send a golden request to a server as it is, or not compare what comes back."""
    folder = exported.path / FOLDER
    body = json.loads((folder / "serve_encoded-1.request.json").read_text())
    assert body["signature_name"] == "serve_encoded"
    assert [set(instance) for instance in body["instances"]] == [{"b64"}] * 5
    body = json.loads((folder / "serving_default-2.request.json").read_text())
    np.testing.assert_array_equal(body["instances"], pictures(2, 11, 6))
    answer = json.loads((folder / "serving_default-2.answer.json").read_text())
    images = tf.constant(pictures(2, 11, 6), tf.float32)
    served = tf.saved_model.load(str(exported.path)).signatures["serving_default"](images=images)
    assert [row["label"].encode() for row in answer["predictions"]] == served["label"].numpy().tolist()
    np.testing.assert_allclose(
        [row["probabilities"] for row in answer["predictions"]], served["probabilities"], rtol=1e-5
    )
    (features,) = {np.shape(row) for row in json.loads((folder / "features-2.answer.json").read_text())["predictions"]}
    assert features == (64,)


@given(
    st.lists(st.tuples(st.floats(width=32), st.integers(-(2**53), 2**53), st.text(max_size=9)), min_size=1, max_size=5)
)
def test_answers_come_back_as_they_were(rows: list[tuple[float, int, str]]) -> None:
    """A label with an umlaut, or a score that is no number, would look like another answer."""
    answers = {
        "score": np.array([row[0] for row in rows], np.float32),
        "class": np.array([row[1] for row in rows], np.int64),
        "label": np.array([row[2].encode("utf-8", "replace") for row in rows], object),
    }
    types = {"score": "float32", "class": "int64", "label": "string"}
    back = answers_from(json.loads(json.dumps(answers_to(answers, alone=False))), types, alone=False)
    np.testing.assert_allclose(back["score"], answers["score"], rtol=1e-6, atol=1e-44)
    np.testing.assert_array_equal(back["class"], answers["class"])
    assert back["label"].tolist() == answers["label"].tolist()


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=4))
def test_files_come_back_as_they_were(files: list[bytes]) -> None:
    """A picture's file would be changed on its way through JSON."""
    request = Request("serve_encoded", "image_bytes", np.array(files, object))
    back = request_from(json.loads(json.dumps(request_to(request))), "image_bytes")
    assert (back.signature, back.input, back.value.tolist()) == ("serve_encoded", "image_bytes", files)


def test_numbers_with_fractions_stay(tmp_path: Path) -> None:
    """A picture between two whole numbers would be cut."""
    request = Request("features", "images", np.full((1, 2, 2, 1), 7.25, np.float32))
    np.testing.assert_array_equal(request_from(request_to(request), "images").value, request.value)


def test_a_large_answer_is_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The features of a U-Net would be a file of a hundred megabytes."""
    monkeypatch.setattr(golden, "LARGEST_ANSWER", 4)
    answers = {"mask": np.ones((2, 9), np.int64), "score": np.ones(2, np.float32)}
    asked = [
        (Request("serving_default", "images", np.zeros((2, 1, 1, 1), np.float32)), answers),
        (Request("features", "images", np.zeros((2, 1, 1, 1), np.float32)), {"features": np.ones((2, 9), np.float32)}),
    ]
    write_golden(tmp_path, "small", asked)
    first, second = read_golden(tmp_path).requests
    assert (first.left_out, set(first.answers)) == (("mask",), {"score"})
    assert (second.left_out, set(second.answers)) == (("features",), set())


@pytest.mark.parametrize("damage", ["", "{}", "[]", '{"model": 1, "signatures": {"a": 1}, "requests": []}'])
def test_a_damaged_index_is_told(exported: Exported, tmp_path: Path, damage: str) -> None:
    """A user would look at a traceback."""
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / "index.json").write_text(damage)
    with pytest.raises(RunError) as raised:
        read_golden(tmp_path)
    assert str(raised.value).startswith(f"the golden requests in {tmp_path / FOLDER} can't be read: ")
    assert str(raised.value).endswith("\n     = help: export the run again: python run.py export RUN")


def test_an_old_export_has_none(tmp_path: Path) -> None:
    """A user would look at a traceback."""
    with pytest.raises(RunError) as raised:
        read_golden(tmp_path)
    assert str(raised.value) == (
        f"{tmp_path} has no golden requests: {tmp_path / FOLDER / 'index.json'} is missing\n"
        "     = help: export the run again: python run.py export RUN"
    )


def test_a_large_network_is_proved_on_fewer_pictures(tmp_path: Path) -> None:
    """The proof of a U-Net would take a quarter of an hour."""
    dense = [{"type": "Flatten"}, {"type": "Dense", "units": 3}, {"type": "Softmax"}]
    large: list[dict[str, Any]] = [{"type": "Conv2D", "filters": 256, "kernel_size": 7, "padding": "same"}, *dense]
    some = list(pictures(20))
    sizes = [(8, 16), (400, 4), (900, 1)]
    for side, expected in sizes:
        architecture = architecture_of(tmp_path, large, input={"shape": [side, side, 3]})
        assert len(golden_pictures(architecture, some)) == expected


def test_large_pictures_are_few_and_made_smaller(tmp_path: Path) -> None:
    """Photographs of twenty million pixels would make an export of gigabytes."""
    chosen = golden_pictures(architecture_of(tmp_path), [np.full((2000, 3000, 3), 7, np.uint8)] * 20)
    assert len(chosen) == 1
    assert chosen[0].size <= LARGEST_PICTURE
    assert chosen[0].dtype == np.uint8
    assert chosen[0].shape[1] / chosen[0].shape[0] == pytest.approx(1.5, rel=0.01)
    assert np.unique(chosen[0]).tolist() == [7]


def test_without_pictures_it_is_noise(tmp_path: Path) -> None:
    """An export without data could not be proved."""
    (noise,) = golden_pictures(architecture_of(tmp_path), [])
    assert (noise.shape, noise.dtype) == ((8, 8, 1), np.uint8)
