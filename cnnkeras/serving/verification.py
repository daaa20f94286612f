"""The proof: an export answers in a process with TensorFlow alone, and as the Keras network does."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from cnnkeras.errors import RunError
from cnnkeras.serving import replay
from cnnkeras.serving.box_pairs import paired
from cnnkeras.serving.checksums import check_checksums
from cnnkeras.serving.comparison import Difference, difference
from cnnkeras.serving.endpoints import Endpoints
from cnnkeras.serving.golden import Answers, Golden
from cnnkeras.serving.requests import Request

PLAIN = {"CUDA_VISIBLE_DEVICES": "-1", "TF_ENABLE_ONEDNN_OPTS": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
# A server that has not answered by then never will.
PATIENCE_SECONDS = 900


class Compared(NamedTuple):
    """One output of one request, held to the network's."""

    signature: str
    output: str
    pictures: int
    difference: Difference


def verify(export: Path, endpoints: Endpoints, asked: Sequence[tuple[Request, Answers]]) -> list[Compared]:
    """Compare the export with the network's answers to requests; give what was compared.

    Every signature answers in a fresh process in which importing Keras or cnnkeras fails.

    Raises:
        RunError: the export doesn't load, holds other weights, or answers otherwise than the network.

    """
    with tempfile.TemporaryDirectory() as folder:
        for place in ("requests", "answers"):
            Path(folder, place).mkdir()
        for number, (request, _) in enumerate(asked):
            serialized = tf.io.serialize_tensor(request.tensor).numpy()
            Path(folder, "requests", f"{number}.{request.signature}").write_bytes(serialized)
        _serve(export, Path(folder))
        _compare_weights(endpoints, Path(folder, "answers"))
        return list(_compare(asked, Path(folder, "answers")))


def verify_again(export: Path, endpoints: Endpoints, golden: Sequence[Golden]) -> list[Compared]:
    """Hold an export that was written before to the network and to its own golden answers.

    Raises:
        RunError: a file of it was changed, or what `verify` raises.

    """
    check_checksums(export)
    asked = [(each.request, endpoints.reference(each.request)) for each in golden]
    for each, (_, expected) in zip(golden, asked, strict=True):
        own, kept = paired(expected, each.answers)
        for output, answer in kept.items():
            off = difference(own[output], answer)
            if not off.fits:
                raise failed(f"the golden answer {output} of {each.name} {off}")
    return verify(export, endpoints, asked)


def _serve(export: Path, folder: Path) -> None:
    """Run `replay` in a process of its own, as plain as a server may be.

    Without a graphics card, which may be full of the training, and without oneDNN, which TF Serving's build for
    other processors lacks: what answers there answers everywhere.
    """
    command = [sys.executable, "-P", replay.__file__, str(export), str(folder / "requests"), str(folder / "answers")]
    environment = {**os.environ, **PLAIN}
    try:
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    except subprocess.CalledProcessError as failure:
        said = (failure.stderr.strip().splitlines() or [f"exit status {failure.returncode}"])[-1]
        raise failed(f"a process with TensorFlow alone could not run it: {said}") from failure
    except subprocess.TimeoutExpired as failure:
        raise failed(f"it had not answered after {PATIENCE_SECONDS} seconds") from failure


def _compare_weights(endpoints: Endpoints, answers: Path) -> None:
    found = json.loads((answers / "weights.json").read_text())
    weights = endpoints.weights()
    if len(found) != len(weights):
        raise failed(f"it has {len(found)} weights, and the network {len(weights)}")
    for (path, weight), digest in zip(weights, found, strict=True):
        if hashlib.blake2b(weight.numpy().tobytes()).hexdigest() != digest:
            raise failed(f"the weight {path} is not the network's")


def _compare(asked: Sequence[tuple[Request, Answers]], answers: Path) -> Iterator[Compared]:
    """Hold every request's answers to the network's."""
    for number, (request, reference) in enumerate(asked):
        files = {output: answers / f"{number}.{request.signature}.{output}" for output in reference}
        for output, file in files.items():
            if not file.is_file():
                raise failed(f"{request.signature} gives no {output}")
        expected, answered = paired(reference, {name: _read(files[name], value) for name, value in reference.items()})
        for output, value in expected.items():
            off = difference(value, answered[output])
            if not off.fits:
                raise failed(f"{output} of {request.signature} {off}")
            yield Compared(request.signature, output, len(request.value), off)


def _read(file: Path, like: np.ndarray) -> np.ndarray:
    kind = tf.string if like.dtype == object else tf.as_dtype(like.dtype)
    value: np.ndarray = tf.io.parse_tensor(file.read_bytes(), kind).numpy()
    return value


def failed(reason: str) -> RunError:
    """Give the error of an export that is not the network."""
    return RunError(
        f"the export does not answer as the network does: {reason}",
        hint="it must not be served; the trained network itself is in model.keras",
    )
