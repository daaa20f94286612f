"""The shipped file, as `python run.py` trains it."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contestants.measurement import Clock
from benchmarks.detectors.job import ARCHITECTURE, BATCH_SIZE, SIDE, Job, answer, read_job
from benchmarks.stages import train_file
from cnnkeras.commands.reading import read_architecture
from cnnkeras.commands.settling import measure


def main() -> None:
    """Train and answer."""
    job = read_job()
    clock = Clock(job.started)
    # The last line of standard output is the answer.
    with contextlib.redirect_stdout(sys.stderr), tempfile.TemporaryDirectory() as runs:
        pictures, metrics, facts = train_detector(job, clock, Path(runs))
    answer(clock, pictures, metrics, **facts)


def train_detector(job: Job, clock: Clock, runs: Path) -> tuple[int, dict[str, float], dict[str, Any]]:
    """Train, keep the best epoch, and measure the validation part in its pictures' own pixels."""
    changes = [
        f"data.path={json.dumps(str(job.data))}",
        f"input.shape=[{SIDE},{SIDE},3]",
        f"training.epochs={job.epochs}",
        f"training.batch_size={BATCH_SIZE}",
        f"training.seed={job.seed}",
    ]
    trained = train_file(read_architecture(ARCHITECTURE, changes)[0], clock, runs)
    trained.run.close()
    metrics = measure(trained.model, trained.architecture, trained.task, trained.data)["validation"].metrics
    return trained.data.parts["train"].size, metrics, trained.facts()


if __name__ == "__main__":
    main()
