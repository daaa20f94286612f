"""Training through JSON, with the precision that is asked for."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contestants.arrays import Arrays
from benchmarks.contestants.measurement import Clock, Job, answer, read_job
from benchmarks.stages import train_file
from cnnkeras.analysis.analysis import analyse
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.datasets.pipeline import batches
from cnnkeras.errors import UserError
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.load import load_architecture
from cnnkeras.spec.task import Registry
from cnnkeras.training.checkpoint import Checkpoints

PRECISIONS = {"auto": "auto", "float32": "float32", "bfloat16": "mixed_bfloat16"}


def main() -> None:
    """Train and answer."""
    job = read_job()
    clock = Clock(job.started)
    # The last line of standard output is the answer.
    with contextlib.redirect_stdout(sys.stderr), tempfile.TemporaryDirectory() as runs:
        facts = train_network(job, clock, Path(runs))
    answer(job, clock, **facts)


def train_network(job: Job, clock: Clock, runs: Path) -> dict[str, Any]:
    """Train what the network's file says, on the prepared pictures, and give what is to be answered."""
    trained = train_file(read(job), clock, runs)
    # The last epoch's weights, as the other contestants have them, and not the best epoch's, which the run keeps.
    checkpoints = Checkpoints(trained.run.checkpoints)
    checkpoints.restore(checkpoints.read(), trained.model)
    trained.run.close()
    return {
        **predict(trained.model, trained.architecture, trained.data),
        **trained.facts(),
        "images": trained.data.parts["train"].size,
        "setup": trained.setup.choices(),
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
