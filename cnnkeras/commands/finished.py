"""`evaluate` and `predict`: what is done with a finished run."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from cnnkeras.commands.networks import load_network, open_run
from cnnkeras.commands.reading import checked
from cnnkeras.commands.runs import newest
from cnnkeras.commands.settling import measure
from cnnkeras.console import counting, plain_console
from cnnkeras.datasets.source import together
from cnnkeras.errors import Diagnostic, UserError, listed
from cnnkeras.inspection.report import print_table
from cnnkeras.serving.answering import Answering
from cnnkeras.serving.picture_files import passed_over
from cnnkeras.serving.predict import predict
from cnnkeras.spec.overrides import COMMAND_LINE
from cnnkeras.training.run_directory import RunDirectory


def evaluate_run(path: Path, changes: Sequence[str] = ()) -> int:
    """Measure a run's best network again; print the figures as JSON, as they stand in metrics.json.

    With changes to the data it is measured on other data, of the same classes: on all of it, as one part.
    """
    if unwanted := [word for word in changes if not word.startswith("data.") or "=" not in word]:
        message = f"evaluate takes changes to the data, and {unwanted[0]} is none"
        hint = "write what is otherwise, as in data.path=new"
        raise UserError(Diagnostic("evaluate", "error", COMMAND_LINE, 0, 0, "", message, hint))
    architecture, task, data, model = open_run(RunDirectory.open(newest(path)), changes)
    if changes:
        data = replace(data, parts={"test": together([*data.parts.values()])})
        print(f"measuring on all {data.parts['test'].size:,} pictures", file=sys.stderr)
    evaluations = measure(model, architecture, task, data)
    print_table(evaluations["test"].table, plain_console(to_stderr=True))
    print(json.dumps({name: evaluation.metrics for name, evaluation in evaluations.items()}, indent=2))
    return 0


def predict_pictures(path: Path, places: Sequence[Path], changes: Sequence[str]) -> int:
    """Print the answers for picture files as CSV, a row a file; name the files that can't be answered.

    `changes` are those of the `prediction` section that the user wants otherwise than the run's file has them.
    """
    run = newest(path)
    predicted = predict(_answering(run, changes), places, _watched)
    print(predicted.table.to_csv(index=False), end="")
    for note in passed_over(places):
        print(note, file=sys.stderr)
    if predicted.problems:
        # The others are answered all the same, so it is not as if nothing had been done.
        print(listed(predicted.problems), file=sys.stderr)
    if predicted.stop is not None:
        predicted.stop.add_note(f"{len(predicted.table):,} of {predicted.count:,} pictures are answered")
        raise predicted.stop
    return 1 if predicted.problems else 0


def _answering(run: Path, changes: Sequence[str]) -> Answering:
    if not changes:
        return Answering.of_export(run)
    directory = RunDirectory(run)
    architecture, _ = checked(directory.architecture, changes)
    return Answering.of_network(run, architecture, load_network(directory))


def _watched(files: Sequence[Path]) -> Iterator[Path]:
    """Show on a terminal how many of the files are done."""
    with counting("pictures", len(files)) as step:
        for file in files:
            yield file
            step()
