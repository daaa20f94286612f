"""Training through JSON: the stages of `python run.py FILE`, one after the other, up to the trained network."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contestants.arrays import Arrays
from benchmarks.contestants.keras_clock import ClockCallback
from benchmarks.contestants.measurement import Clock, Job, answer, read_job
from cnnkeras.analysis.analysis import analyse
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.commands.settling import open_data
from cnnkeras.datasets.pipeline import batches
from cnnkeras.errors import UserError
from cnnkeras.inspection.drawing import callbacks
from cnnkeras.model.builder import build_model
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.load import load_architecture
from cnnkeras.spec.task import Registry
from cnnkeras.training.checkpoint import Checkpoints
from cnnkeras.training.environment import describe_environment
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.setup import begin, prepare
from cnnkeras.training.trainer import train

PRECISIONS = {"auto": "auto", "float32": "float32", "bfloat16": "mixed_bfloat16"}


def main() -> None:
    """Train and answer."""
    job = read_job()
    clock = Clock(job.started)
    # The last line of standard output is the answer.
    with contextlib.redirect_stdout(sys.stderr), tempfile.TemporaryDirectory() as runs:
        facts = train_file(job, clock, Path(runs))
    answer(job, clock, **facts)


def train_file(job: Job, clock: Clock, runs: Path) -> dict[str, Any]:
    """Train what the network's file says, on the prepared pictures, and give what is to be answered."""
    architecture = read(job)
    begin(architecture)
    architecture, task, data = open_data(architecture)
    setup = prepare(architecture, data.parts["train"].size)
    print(*setup.lines(), sep="\n")
    run = RunDirectory.create(runs, architecture.name, architecture.resolved, describe_environment(architecture, setup))
    with setup.strategy.value.scope():
        model = build_model(architecture, setup.precision.value)
    looking = callbacks(run, architecture, task, data)
    train(model, architecture, task, data, run, setup, [ClockCallback(clock), *looking])
    # The last epoch's weights, as the other contestants have them, and not the best epoch's, which the run keeps.
    checkpoints = Checkpoints(run.checkpoints)
    checkpoints.restore(checkpoints.read(), model)
    run.close()
    return {
        **predict(model, architecture, data),
        "images": data.parts["train"].size,
        "parameters": model.count_params(),
        "precision": setup.precision.value,
        "setup": setup.choices(),
    }


def read(job: Job) -> Architecture:
    """Read the file with the job's changes, as the command line takes them. Raises UserError."""
    training = {**job.workload.training(job.epochs), "seed": job.seed, "precision": PRECISIONS[job.precision]}
    data = {"source": "arrays", "file": str(job.data)}
    changes = [f"data={json.dumps(data)}", f"training={json.dumps(training)}"]
    registry = Registry({**REGISTRY.sources, "arrays": Arrays}, REGISTRY.tasks)
    loaded = load_architecture(job.workload.file, changes, registry)
    errors = [found for found in loaded.diagnostics if found.severity == "error"]
    if loaded.architecture is None or errors:
        raise UserError(*loaded.diagnostics)
    analysis = analyse(loaded.architecture, loaded.diagnostics)
    if not analysis.ok:
        raise UserError(*analysis.diagnostics)
    return loaded.architecture


def predict(model: Any, architecture: Architecture, data: Any) -> dict[str, np.ndarray]:
    """Give the probabilities of the test part, and its labels."""
    pairs = [
        (model.predict_on_batch(images), labels.numpy())
        for images, labels in batches(data.parts["test"], architecture, 250, training=False)
    ]
    probabilities, labels = (np.concatenate(arrays) for arrays in zip(*pairs, strict=True))
    return {"probabilities": probabilities, "labels": labels}


if __name__ == "__main__":
    main()
