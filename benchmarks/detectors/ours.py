"""The shipped file, through the command line's own `main`."""

from __future__ import annotations

import csv
import json
import tempfile
from pathlib import Path

from benchmarks.detectors.job import ARCHITECTURE, BATCH_SIZE, SIDE, answer, read_job


def main() -> None:
    """Train, and read what the run wrote down."""
    from cnnkeras.analysis.analysis import analyse
    from cnnkeras.cli import main as cnnkeras
    from cnnkeras.commands.registry import REGISTRY
    from cnnkeras.spec.load import load_architecture

    job = read_job()
    changes = [
        f"data.path={job.data}",
        f"input.shape=[{SIDE},{SIDE},3]",
        f"training.epochs={job.epochs}",
        f"training.batch_size={BATCH_SIZE}",
        f"training.seed={job.seed}",
    ]
    architecture = load_architecture(ARCHITECTURE, changes, REGISTRY).architecture
    if architecture is None:
        raise SystemExit(f"{ARCHITECTURE} can't be read")
    with tempfile.TemporaryDirectory() as runs:
        status = cnnkeras([str(ARCHITECTURE), *changes, "--runs", runs])
        if status:
            raise SystemExit(status)
        run = next(Path(runs).glob("*/*"))
        with (run / "history.csv").open(encoding="utf-8") as file:
            speeds = [float(row["images_per_second"]) for row in csv.DictReader(file)]
        metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))["validation"]
        chosen = json.loads((run / "environment.json").read_text(encoding="utf-8"))
    parameters = analyse(architecture).totals.parameters or 0
    answer(speeds, metrics, parameters, str(chosen["precision"]["value"]))


if __name__ == "__main__":
    main()
