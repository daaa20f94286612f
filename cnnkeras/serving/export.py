"""Writes the export: a SavedModel as TF Serving wants it, whole and verified, or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.errors import RunError, first_line
from cnnkeras.serving.batch_sizes import batch_sizes
from cnnkeras.serving.checksums import write_checksums
from cnnkeras.serving.endpoints import SERVING_DEFAULT, Endpoints
from cnnkeras.serving.golden import FOLDER, golden_pictures, write_golden
from cnnkeras.serving.requests import requests_for
from cnnkeras.serving.server_files import write_server_files
from cnnkeras.serving.verification import verify
from cnnkeras.serving.versions import next_version
from cnnkeras.serving.warm_up import write_warm_up
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.processes import is_gone

# It is no number, so that a server that watches the folder passes by what is not whole yet.
_PREFIX = ".unfinished-"


def export(
    model: keras.Model,
    architecture: Architecture,
    task: TrainableTask,
    class_names: Sequence[str],
    directory: Path,
    pictures: Sequence[np.ndarray] = (),
    metrics: Mapping[str, Any] | None = None,
) -> Path:
    """Write `directory/1/` and prove it on `pictures`, uint8 as the data has them; give its path.

    What is there already stays, and the next number is taken: a server that watches the folder goes over to the
    highest number by itself. Without pictures it is proved on noise. The pictures, as requests, and the network's
    answers stay in it, and so do requests that warm a server up.

    Raises:
        RunError: it can't be written, or fails its verification. Then nothing is left of it.

    """
    endpoints = Endpoints(model, architecture, task, class_names)
    golden = golden_pictures(architecture, pictures)
    with _whole_or_nothing(directory) as unfinished:
        endpoints.save(unfinished)
        _write_extras(unfinished / "assets.extra", architecture, class_names, metrics or {})
        asked = [(request, endpoints.reference(request)) for request in requests_for(endpoints.inputs(), golden)]
        verify(unfinished, endpoints, asked)
        write_golden(unfinished, architecture.name, asked)
        write_warm_up(unfinished, architecture, endpoints.inputs(), golden)
        write_checksums(unfinished)
        target = _numbered(unfinished, directory)
    _write_beside(target, architecture, golden[0].shape)
    return target


def _write_beside(target: Path, architecture: Architecture, shape: Sequence[int]) -> None:
    """Write what a server needs into the folder of the versions, for the newest of them."""
    request = f"{target.name}/{FOLDER}/{SERVING_DEFAULT}-1"
    try:
        write_server_files(target.parent, architecture.name, batch_sizes(architecture, shape), request)
    except OSError as failure:
        message = f"the server's files could not be written to {target.parent}: {_reason(failure)}"
        raise RunError(message, hint=f"see to the place and its space; the export itself is in {target}") from failure


def class_names_of(exported: Path) -> tuple[str, ...]:
    """Give the classes that an export says it tells apart. Raises RunError where it does not."""
    try:
        return tuple(json.loads((exported / "assets.extra" / "class_names.json").read_text("utf-8")))
    except (OSError, ValueError) as failure:
        raise RunError(
            f"{exported} does not say what its classes are: assets.extra/class_names.json can't be read",
            hint="export the run again: python run.py export RUN",
        ) from failure


@contextmanager
def _whole_or_nothing(directory: Path) -> Iterator[Path]:
    """Give a folder to write in, which disappears where it has come to no number."""
    unfinished = directory / f"{_PREFIX}{os.getpid()}"
    was_there = directory.exists()
    _remove_left(directory)
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
    except BaseException as failure:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not was_there:
            shutil.rmtree(directory, ignore_errors=True)
        if isinstance(failure, OSError | tf.errors.OpError):
            raise RunError(
                f"the export could not be written to {directory}: {_reason(failure)}",
                hint="see to the place and its space; the trained network itself is in model.keras",
            ) from failure
        raise


def _numbered(unfinished: Path, directory: Path) -> Path:
    """Give the folder the next number; another export may have taken it meanwhile."""
    while True:
        target = next_version(directory)
        try:
            return unfinished.rename(target)
        except OSError:
            if not target.exists():
                raise


def _remove_left(directory: Path) -> None:
    """Remove what exports that were killed have left there."""
    for folder in directory.glob(f"{_PREFIX}*"):
        process = folder.name.removeprefix(_PREFIX)
        if process.isdecimal() and is_gone(int(process)):
            shutil.rmtree(folder, ignore_errors=True)


def _reason(failure: OSError | tf.errors.OpError) -> str:
    # The place stands in the message already.
    return (isinstance(failure, OSError) and failure.strerror) or first_line(failure)


def _write_extras(extras: Path, architecture: Architecture, class_names: Sequence[str], metrics: Any) -> None:
    """Write what a client wants to know; TF Serving carries the folder along and never reads it."""
    contents = {
        "class_names": list(class_names),
        "input": architecture.input.model_dump(mode="json"),
        "metrics": metrics,
        "architecture": architecture.resolved,
    }
    extras.mkdir()
    for name, content in contents.items():
        (extras / f"{name}.json").write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
