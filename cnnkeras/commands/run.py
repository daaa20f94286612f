"""`run`: from a file to a checked, trained, inspected and exported network. One call a stage."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from cnnkeras.commands.reading import read_architecture
from cnnkeras.commands.settling import golden_pictures, measure, open_data
from cnnkeras.datasets.loading import read_ahead
from cnnkeras.datasets.source import Data
from cnnkeras.errors import Diagnostic, UserError
from cnnkeras.inspection.drawing import callbacks, draw
from cnnkeras.inspection.report import report
from cnnkeras.model.builder import build_model
from cnnkeras.serving.export import export
from cnnkeras.spec.overrides import COMMAND_LINE
from cnnkeras.tasks.task import Evaluation
from cnnkeras.training.environment import describe_environment
from cnnkeras.training.run_directory import RunDirectory, write_json
from cnnkeras.training.setup import prepare
from cnnkeras.training.trainer import train


def run(file: str, changes: Sequence[str], runs: Path) -> int:
    """Train the network of a file; print the run's directory as the last line of standard output."""
    return _run(file, changes, runs, None)


def resume(path: Path, words: Sequence[str]) -> int:
    """Go on with a run that was stopped, from its last checkpoint.

    `words` are changes to its training, as in training.epochs=40; its architecture.json takes them in.
    """
    if unwanted := [word for word in words if not word.startswith("training.")]:
        message = f"--resume goes on with the run's own file, and {unwanted[0]} is no change to its training"
        hint = "leave it out, or start a new run"
        raise UserError(Diagnostic("resume", "error", COMMAND_LINE, 0, 0, "", message, hint))
    directory = RunDirectory.resume(path)
    return _run(str(directory.architecture), words, path.parent, directory)


def _run(file: str, changes: Sequence[str], runs: Path, before: RunDirectory | None) -> int:
    architecture, _ = read_architecture(file, changes)
    architecture, task, data = open_data(architecture)
    _say(_describe(data), *data.notes)
    read_ahead(data, architecture)
    setup = prepare(architecture, data.parts["train"].size)
    with setup.strategy.value.scope():
        model = build_model(architecture, setup.precision.value)
    _say(*setup.lines())

    environment = describe_environment(architecture, setup)
    directory = before or RunDirectory.create(runs, architecture.name, architecture.resolved, environment)
    if before and changes:
        write_json(directory.architecture, architecture.resolved)
    _say(f"training in {directory.path}")
    looking = callbacks(directory, architecture, task, data)
    trained = train(model, architecture, task, data, directory, setup, looking)
    _say(*filter(None, [trained.message]))

    evaluations = measure(model, architecture, task, data)
    _write_measures(directory, evaluations)
    draw(directory, model, architecture, task, evaluations["test"], data, trained)
    metrics = {name: evaluation.metrics for name, evaluation in evaluations.items()}
    pictures = golden_pictures(data.parts["test"])
    export(model, architecture, task, data.class_names, directory.export, pictures, metrics)
    directory.finish()
    report(directory, architecture, evaluations["test"])
    print(directory.path)
    return 0


def _describe(data: Data) -> str:
    sizes = ", ".join(f"{part.size:,} to {_USES[name]}" for name, part in data.parts.items())
    return f"data: {sizes}, {len(data.class_names)} classes"


_USES = {"train": "train", "validation": "validate", "test": "test"}


def _write_measures(directory: RunDirectory, evaluations: Mapping[str, Evaluation]) -> None:
    """Write metrics.json, and the test part's table by class beside it."""
    write_json(directory.metrics, {name: evaluation.metrics for name, evaluation in evaluations.items()})
    evaluations["test"].table.to_csv(directory.path / "test_by_class.csv", index=False)


def _say(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr)
