"""Writes the export: a SavedModel as TF Serving wants it, whole and verified, or not at all."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.analysis.analysis import analyse
from cnnkeras.analysis.tiles import tile_sides
from cnnkeras.errors import RunError, first_line
from cnnkeras.serving.endpoints import Endpoints
from cnnkeras.serving.verification import verify
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask

# More pictures would not prove more; and a large network gets fewer, so that the proof takes seconds: each picture is
# answered six times, at some 50 billion multiply-accumulates a second.
GOLDEN_PICTURES = 16
GOLDEN_MACS = 30e9


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
    highest number by itself. Without pictures it is proved on noise.

    Raises:
        RunError: it can't be written, or fails its verification. Then nothing is left of it.

    """
    versions = [int(place.name) for place in directory.glob("*") if place.name.isdecimal()]
    target = directory / str(max(versions, default=0) + 1)
    endpoints = Endpoints(model, architecture, task, class_names)
    with _whole_or_nothing(target) as unfinished:
        endpoints.save(unfinished)
        _write_extras(unfinished / "assets.extra", architecture, class_names, metrics or {})
        golden = list(pictures[: _golden(architecture, pictures)]) or [_noise(architecture)]
        verify(unfinished, endpoints, golden)
    return target


@contextmanager
def _whole_or_nothing(target: Path) -> Iterator[Path]:
    """Give a folder to write in, which becomes `target` at the end, and disappears where that is not reached."""
    # Its name is no number, so that a server that watches the parent passes it by.
    unfinished = target.with_name(f".unfinished-{os.getpid()}")
    was_there = target.parent.exists()
    try:
        unfinished.mkdir(parents=True)
        yield unfinished
        unfinished.rename(target)
    except BaseException as failure:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not was_there:
            shutil.rmtree(target.parent, ignore_errors=True)
        if isinstance(failure, OSError | tf.errors.OpError):
            raise RunError(
                f"the export could not be written to {target}: {_reason(failure)}",
                hint="see to the place and its space; the trained network itself is in model.keras",
            ) from failure
        raise


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


def _golden(architecture: Architecture, pictures: Sequence[np.ndarray]) -> int:
    """Give how many pictures the export is proved on."""
    macs = analyse(architecture).totals.macs
    if macs is None:
        return GOLDEN_PICTURES // 4
    tiles = 1
    if architecture.input.resize == "tile" and len(pictures):
        tiles = prod(
            side.count(length) for side, length in zip(tile_sides(architecture), pictures[0].shape, strict=False)
        )
    return int(max(1, min(GOLDEN_PICTURES, GOLDEN_MACS // max(macs * tiles, 1))))


def _noise(architecture: Architecture) -> np.ndarray:
    """Give a picture where there are none: 32 by 32 where the network's sides are free."""
    height, width, channels = architecture.input.shape
    return np.random.default_rng(0).integers(0, 256, (height or 32, width or 32, channels), np.uint8)
