"""`evaluate` and `predict`: what is done with a finished run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import keras
from rich.console import Console

# Loading a network needs our Keras layers to be registered.
import cnnkeras.model.registry  # noqa: F401
from cnnkeras.commands.reading import read_architecture
from cnnkeras.commands.settling import measure, open_data
from cnnkeras.datasets.source import Data
from cnnkeras.errors import Diagnostic, RunError, UserError
from cnnkeras.inspection.report import print_table
from cnnkeras.serving.predict import predict
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.run_directory import UNFINISHED, RunDirectory

PICTURES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png"})


def evaluate_run(path: Path) -> int:
    """Measure a run's best network again; print the figures as JSON, as they stand in metrics.json."""
    architecture, task, data, model = open_run(RunDirectory.open(newest(path)))
    evaluations = measure(model, architecture, task, data)
    print_table(evaluations["test"].table, Console(stderr=True, markup=False, highlight=False))
    print(json.dumps({name: evaluation.metrics for name, evaluation in evaluations.items()}, indent=2))
    return 0


def predict_pictures(path: Path, names: Sequence[Path]) -> int:
    """Print the answers for picture files as CSV, a row a file."""
    files = [file for name in names for file in _pictures(name)]
    print(predict(newest(path), files).to_csv(index=False), end="")
    return 0


def newest(path: Path) -> Path:
    """Give the run or the export itself or, for the folder of an experiment's runs, the newest that is finished."""
    if (path / "architecture.json").exists() or (path / "saved_model.pb").exists():
        return path
    runs = sorted(file.parent for file in path.glob("*/architecture.json") if not (file.parent / UNFINISHED).exists())
    return runs[-1] if runs else path


def open_run(directory: RunDirectory) -> tuple[Architecture, TrainableTask, Data, Any]:
    """Give a run's architecture, its task, its data and its best network."""
    model = load_network(directory)
    architecture, _ = read_architecture(directory.architecture)
    return *open_data(architecture), model


def load_network(directory: RunDirectory) -> Any:
    """Give a run's best network, a Keras model. Raises RunError where there is none yet."""
    if not directory.model.is_file():
        raise RunError(f"{directory.path} has no model.keras yet", f"go on with it: {directory.resume_command}")
    return keras.models.load_model(directory.model)


def _pictures(name: Path) -> Iterator[Path]:
    """Give the file, or a folder's pictures in the order of their names. Raises UserError where it has none."""
    if not name.is_dir():
        yield name
        return
    inside = sorted(file for file in name.rglob("*") if file.suffix.lower() in PICTURES)
    if not inside:
        message = f"the folder has no picture: no file in it ends in {', '.join(sorted(PICTURES))}"
        raise UserError(Diagnostic("file", "error", str(name), 0, 0, "", message))
    yield from inside
