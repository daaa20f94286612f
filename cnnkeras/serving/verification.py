"""The proof: an export answers in a process with TensorFlow alone, and as the Keras network does."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import cycle, groupby
from pathlib import Path

import numpy as np
import tensorflow as tf

from cnnkeras.errors import RunError
from cnnkeras.serving import replay
from cnnkeras.serving.endpoints import SERVE_ENCODED, Answer, Endpoints

# Numbers may differ by this part of the largest among them (of 1 if that is larger): the server's graph fuses
# operations that Keras computes one by one. Measured on the shipped architectures: below 4e-6.
BOUND = 1e-4
# Of what is no real number (labels, class indices, maps of them) this share may differ: where two classes
# score alike to the last digit, rounding decides. It allows none in a batch of answers, a few in a map.
TIES = 1e-4
PLAIN = {"CUDA_VISIBLE_DEVICES": "-1", "TF_ENABLE_ONEDNN_OPTS": "0", "TF_CPP_MIN_LOG_LEVEL": "3"}
# A server that has not answered by then never will.
PATIENCE_SECONDS = 900


def verify(directory: Path, endpoints: Endpoints, pictures: Sequence[np.ndarray]) -> None:
    """Compare the export in `directory` with the network, on pictures as the data has them.

    Every signature answers in a fresh process in which importing Keras or cnnkeras fails.

    Raises:
        RunError: the export doesn't load, holds other weights, or answers otherwise than the network.

    """
    requests = list(_requests(endpoints, pictures))
    with tempfile.TemporaryDirectory() as folder:
        for place in ("requests", "answers"):
            Path(folder, place).mkdir()
        for number, (signature, value) in enumerate(requests):
            Path(folder, "requests", f"{number}.{signature}").write_bytes(tf.io.serialize_tensor(value).numpy())
        _serve(directory, Path(folder))
        _compare_weights(endpoints, Path(folder, "answers"))
        for number, (signature, value) in enumerate(requests):
            _compare(signature, _reference(endpoints, signature, value), Path(folder, "answers"), number)


def _requests(endpoints: Endpoints, pictures: Sequence[np.ndarray]) -> Iterator[tuple[str, tf.Tensor]]:
    """Ask every signature about the pictures, in batches of equal sizes."""
    for _, group in groupby(sorted(pictures, key=np.shape), key=np.shape):
        batch = np.stack(list(group))
        for signature in endpoints.functions():
            encoded = signature == SERVE_ENCODED
            yield signature, tf.stack(_encode(batch)) if encoded else tf.constant(batch, tf.float32)


def _encode(batch: np.ndarray) -> list[tf.Tensor]:
    """Encode pictures as PNG and as JPEG by turns; JPEG has no transparency."""
    encoders = [tf.io.encode_png] if batch.shape[-1] == 4 else [tf.io.encode_png, tf.io.encode_jpeg]
    return [encode(picture) for encode, picture in zip(cycle(encoders), batch, strict=False)]


def _serve(directory: Path, folder: Path) -> None:
    """Run `replay` in a process of its own, as plain as a server may be.

    Without a graphics card, which may be full of the training, and without oneDNN, which TF Serving's build for
    other processors lacks: what answers there answers everywhere.
    """
    command = [sys.executable, "-P", replay.__file__, str(directory), str(folder / "requests"), str(folder / "answers")]
    environment = {**os.environ, **PLAIN}
    try:
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    except subprocess.CalledProcessError as failure:
        said = (failure.stderr.strip().splitlines() or [f"exit status {failure.returncode}"])[-1]
        raise _failed(f"a process with TensorFlow alone could not run it: {said}") from failure
    except subprocess.TimeoutExpired as failure:
        raise _failed(f"it had not answered after {PATIENCE_SECONDS} seconds") from failure


def _reference(endpoints: Endpoints, signature: str, value: tf.Tensor) -> Answer:
    # On the processor, where the export answers too: a graphics card rounds float32 products to TensorFloat-32.
    with tf.device("/CPU:0"):
        return endpoints.functions()[signature][0](value)


def _compare_weights(endpoints: Endpoints, answers: Path) -> None:
    found = json.loads((answers / "weights.json").read_text())
    for (path, weight), digest in zip(endpoints.weights(), found, strict=True):
        if hashlib.blake2b(weight.numpy().tobytes()).hexdigest() != digest:
            raise _failed(f"the weight {path} is not the network's")


def _compare(signature: str, expected: Answer, answers: Path, number: int) -> None:
    """Hold one request's answers to the network's."""
    for output, value in expected.items():
        serialized = (answers / f"{number}.{signature}.{output}").read_bytes()
        answered = tf.io.parse_tensor(serialized, value.dtype).numpy()
        if value.dtype.is_floating:
            difference, allowed = _difference(value.numpy(), answered), BOUND
        else:
            difference, allowed = float(np.mean(value.numpy() != answered)), TIES
        if not difference <= allowed:
            raise _failed(f"{output} of {signature} is off by {difference:.2g}, and {allowed:.2g} is allowed")


def _difference(expected: np.ndarray, answered: np.ndarray) -> float:
    """Give the largest difference, relative to the largest number or to 1. What is not a number equals itself."""
    if expected.shape != answered.shape or (np.isnan(expected) != np.isnan(answered)).any():
        return float("inf")
    scale = np.nanmax(np.abs(expected), initial=1.0)
    return float(np.nanmax(np.abs(expected - answered), initial=0.0) / scale)


def _failed(reason: str) -> RunError:
    return RunError(
        f"the export does not answer as the network does: {reason}",
        hint="nothing was exported; the trained network itself is in model.keras",
    )
