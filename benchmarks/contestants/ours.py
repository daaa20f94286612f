"""Training through JSON, with the precision that is asked for."""

from __future__ import annotations

import contextlib
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contestants.job import Job, read_job
from benchmarks.contestants.measurement import Clock, answer
from benchmarks.contestants.reading import read
from benchmarks.stages import train_file
from cnnkeras.datasets.pipeline import batches
from cnnkeras.spec.architecture import Architecture
from cnnkeras.training.checkpoint import Checkpoints


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
        "outputs": predict(trained.model, trained.architecture, trained.data),
        **trained.facts(),
        "device": trained.setup.devices.value[0].split(":")[0],
        "setup": trained.setup.choices(),
    }


def predict(model: Any, architecture: Architecture, data: Any) -> np.ndarray:
    """Give the network's outputs for the test part."""
    found = batches(data.parts["test"], architecture, architecture.training.batch_size, training=False)
    return np.concatenate([model.predict_on_batch(images) for images, _ in found])


if __name__ == "__main__":
    main()
