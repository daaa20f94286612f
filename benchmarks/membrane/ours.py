"""The architecture file as `python run.py` trains it, with another padding where asked."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.contestants.measurement import Clock, peak_memory_mib
from benchmarks.membrane.job import BATCH_SIZE, Job, answer, read_job
from benchmarks.processes import ROOT
from benchmarks.stages import train_file
from cnnkeras.commands.reading import read_architecture
from cnnkeras.commands.settling import measure

FILE = ROOT / "architectures" / "unet_membrane.json"


def main() -> None:
    """Train and answer."""
    job = read_job()
    clock = Clock(job.started)
    # The last line of standard output is the answer.
    with contextlib.redirect_stdout(sys.stderr), tempfile.TemporaryDirectory() as runs:
        memory, evaluation, facts = train_network(job, clock, Path(runs))
    answer(clock, memory, evaluation.truth, evaluation.predictions, **facts)


def train_network(job: Job, clock: Clock, runs: Path) -> tuple[float, Any, dict[str, Any]]:
    """Train, keep the best epoch, and measure the test part's whole pictures."""
    changes = [
        f"data.path={json.dumps(str(job.data))}",
        f"training.epochs={job.epochs}",
        f"training.seed={job.seed}",
        f"training.batch_size={BATCH_SIZE}",
        f"blocks.convolutions.parameters.padding={job.padding}",
    ]
    trained = train_file(read_architecture(FILE, changes)[0], clock, runs)
    trained.run.close()
    memory = peak_memory_mib()
    evaluations = measure(trained.model, trained.architecture, trained.task, trained.data)
    return memory, evaluations["test"], trained.facts()


if __name__ == "__main__":
    main()
