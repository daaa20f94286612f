"""`evaluate`, `predict` and `export`: what is done with a finished run."""

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
from cnnkeras.commands.settling import golden_pictures, measure, open_data
from cnnkeras.datasets.source import Data
from cnnkeras.errors import Diagnostic, RunError, UserError
from cnnkeras.inspection.report import print_table
from cnnkeras.serving.export import export
from cnnkeras.serving.predict import predict
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.run_directory import UNFINISHED, RunDirectory

PICTURES = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png"})


def evaluate_run(path: Path) -> int:
    """Measure a run's best network again; print the figures as JSON, as they stand in metrics.json."""
    architecture, task, data, model = _open(RunDirectory.open(newest(path)))
    evaluations = measure(model, architecture, task, data)
    print_table(evaluations["test"].table, Console(stderr=True, markup=False, highlight=False))
    print(json.dumps({name: evaluation.metrics for name, evaluation in evaluations.items()}, indent=2))
    return 0


def predict_pictures(path: Path, names: Sequence[Path]) -> int:
    """Print the answers for picture files as CSV, a row a file."""
    files = [file for name in names for file in _pictures(name)]
    print(predict(newest(path), files).to_csv(index=False), end="")
    return 0


def export_run(path: Path) -> int:
    """Write the SavedModel of a run's best network under the next version's number; print its folder."""
    directory = RunDirectory.open(newest(path))
    architecture, task, data, model = _open(directory)
    metrics = json.loads(directory.metrics.read_text("utf-8")) if directory.metrics.exists() else {}
    pictures = golden_pictures(data.parts["test"])
    print(export(model, architecture, task, data.class_names, directory.export, pictures, metrics))
    return 0


def newest(path: Path) -> Path:
    """Give the run itself or, for the folder of an experiment's runs, the newest of them that is finished."""
    if (path / "architecture.json").exists():
        return path
    runs = sorted(file.parent for file in path.glob("*/architecture.json") if not (file.parent / UNFINISHED).exists())
    return runs[-1] if runs else path


def _open(directory: RunDirectory) -> tuple[Architecture, TrainableTask, Data, Any]:
    if not directory.model.is_file():
        raise RunError(f"{directory.path} has no model.keras yet", f"go on with it: {directory.resume_command}")
    architecture, _ = read_architecture(directory.architecture)
    return *open_data(architecture), keras.models.load_model(directory.model)


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
