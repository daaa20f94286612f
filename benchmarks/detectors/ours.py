"""The shipped file, as `python run.py` trains it."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contestants.keras_clock import ClockCallback
from benchmarks.contestants.measurement import Clock
from benchmarks.detectors.job import ARCHITECTURE, BATCH_SIZE, SIDE, Job, answer, read_job
from cnnkeras.commands.reading import read_architecture
from cnnkeras.commands.settling import measure, open_data
from cnnkeras.inspection.drawing import callbacks
from cnnkeras.model.builder import build_model
from cnnkeras.training.environment import describe_environment
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.setup import prepare
from cnnkeras.training.trainer import train


def main() -> None:
    """Train and answer."""
    job = read_job()
    clock = Clock(job.started)
    # The last line of standard output is the answer.
    with contextlib.redirect_stdout(sys.stderr), tempfile.TemporaryDirectory() as runs:
        pictures, metrics, facts = train_file(job, clock, Path(runs))
    answer(clock, pictures, metrics, **facts)


def train_file(job: Job, clock: Clock, runs: Path) -> tuple[int, dict[str, float], dict[str, Any]]:
    """Train, keep the best epoch, and measure the validation part in its pictures' own pixels."""
    changes = [
        f"data.path={json.dumps(str(job.data))}",
        f"input.shape=[{SIDE},{SIDE},3]",
        f"training.epochs={job.epochs}",
        f"training.batch_size={BATCH_SIZE}",
        f"training.seed={job.seed}",
    ]
    architecture, task, data = open_data(read_architecture(ARCHITECTURE, changes)[0])
    setup = prepare(architecture, data.parts["train"].size)
    print(*setup.lines(), sep="\n")
    run = RunDirectory.create(runs, architecture.name, architecture.resolved, describe_environment(architecture, setup))
    with setup.strategy.value.scope():
        model = build_model(architecture, setup.precision.value)
    looking = callbacks(run, architecture, task, data)
    train(model, architecture, task, data, run, setup, [ClockCallback(clock), *looking])
    run.close()
    metrics = measure(model, architecture, task, data)["validation"].metrics
    facts = {"parameters": model.count_params(), "precision": setup.precision.value}
    return data.parts["train"].size, metrics, facts


if __name__ == "__main__":
    main()
