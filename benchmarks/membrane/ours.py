"""The architecture file as `python run.py` trains it, with another padding where asked."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contestants.keras_clock import ClockCallback
from benchmarks.contestants.measurement import Clock, peak_memory_mib
from benchmarks.membrane.job import BATCH_SIZE, Job, answer, read_job
from benchmarks.processes import ROOT
from cnnkeras.commands.reading import read_architecture
from cnnkeras.commands.settling import measure, open_data
from cnnkeras.datasets.tiling import epoch_size
from cnnkeras.inspection.drawing import callbacks
from cnnkeras.model.builder import build_model
from cnnkeras.training.environment import describe_environment
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.setup import prepare
from cnnkeras.training.trainer import train

FILE = ROOT / "architectures" / "unet_membrane.json"


def main() -> None:
    """Train and answer."""
    job = read_job()
    clock = Clock(job.started)
    # The last line of standard output is the answer.
    with contextlib.redirect_stdout(sys.stderr), tempfile.TemporaryDirectory() as runs:
        memory, evaluation, facts = train_file(job, clock, Path(runs))
    answer(clock, memory, evaluation.truth, evaluation.predictions, **facts)


def train_file(job: Job, clock: Clock, runs: Path) -> tuple[float, Any, dict[str, Any]]:
    """Train, keep the best epoch, and measure the test part's whole pictures."""
    changes = [
        f"data.path={json.dumps(str(job.data))}",
        f"training.epochs={job.epochs}",
        f"training.seed={job.seed}",
        f"training.batch_size={BATCH_SIZE}",
        f"blocks.convolutions.parameters.padding={job.padding}",
    ]
    architecture, task, data = open_data(read_architecture(FILE, changes)[0])
    setup = prepare(architecture, epoch_size(data.parts["train"], architecture))
    print(*setup.lines(), sep="\n")
    run = RunDirectory.create(runs, architecture.name, architecture.resolved, describe_environment(architecture, setup))
    with setup.strategy.value.scope():
        model = build_model(architecture, setup.precision.value)
    looking = callbacks(run, architecture, task, data)
    train(model, architecture, task, data, run, setup, [ClockCallback(clock), *looking])
    run.close()
    memory = peak_memory_mib()
    facts = {"parameters": model.count_params(), "precision": setup.precision.value}
    return memory, measure(model, architecture, task, data)["test"], facts


if __name__ == "__main__":
    main()
