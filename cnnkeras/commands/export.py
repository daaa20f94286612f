"""`export`: writes the SavedModel of a finished run, or proves one that is there."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from cnnkeras.commands.engines import export_to
from cnnkeras.commands.networks import load_network, open_run
from cnnkeras.commands.options import thresholds
from cnnkeras.commands.reading import checked
from cnnkeras.commands.runs import newest
from cnnkeras.commands.settling import golden_pictures
from cnnkeras.console import plain_console
from cnnkeras.errors import Diagnostic, UserError
from cnnkeras.inspection.report import print_table
from cnnkeras.serving.answering import find_export
from cnnkeras.serving.endpoints import Endpoints
from cnnkeras.serving.export import class_names_of, export
from cnnkeras.serving.golden import read_golden
from cnnkeras.serving.verification import Compared, verify_again
from cnnkeras.spec.overrides import COMMAND_LINE
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.run_directory import RunDirectory


def export_verb(request: Namespace) -> int:
    """Do what the words after `export` say."""
    changes = thresholds(request)
    if changes and (request.to or request.verify):
        message, hint = "thresholds are of the served answer: --to and --verify have none", "leave them out"
        raise UserError(Diagnostic("export", "error", COMMAND_LINE, 0, 0, "", message, hint))
    if request.to:
        return export_to(request.run, list(dict.fromkeys(request.to)), request.json)
    return verify_export(request.run) if request.verify else export_run(request.run, changes)


def export_run(path: Path, changes: Sequence[str]) -> int:
    """Write the SavedModel of a run's best network under the next version's number; print its folder.

    `changes` are those of the `prediction` section that the answers are to be given by.
    """
    directory = RunDirectory.open(newest(path))
    architecture, task, data, model = open_run(directory, changes)
    metrics = json.loads(directory.metrics.read_text("utf-8")) if directory.metrics.exists() else {}
    pictures = golden_pictures(data.parts["test"])
    print(export(model, architecture, task, data.class_names, directory.export, pictures, metrics))
    return 0


def verify_export(path: Path) -> int:
    """Prove an export that was written before, a run's newest or the one named; print its folder.

    It needs no data: the pictures it was proved on lie in it.
    """
    exported = find_export(newest(path))
    run = RunDirectory.open(exported.parent.parent)
    # It may have been written with other thresholds than the run's file has.
    own = exported / "assets.extra" / "architecture.json"
    architecture, _ = checked(own if own.is_file() else run.architecture)
    names = class_names_of(exported)
    architecture = architecture.with_num_classes(len(names))
    task = architecture.task
    assert isinstance(task, TrainableTask)  # the registry holds no others
    golden = read_golden(exported)
    compared = verify_again(exported, Endpoints(load_network(run), architecture, task, names), golden.requests)
    print_table(comparison_table(compared), plain_console(to_stderr=True))
    print(exported)
    return 0


def comparison_table(compared: Sequence[Compared]) -> pd.DataFrame:
    """Give a row an output: on how many pictures it was compared, and the largest difference there was."""
    rows: dict[tuple[str, str], tuple[int, float, float]] = {}
    for signature, output, pictures, (value, allowed) in compared:
        before, largest, _ = rows.get((signature, output), (0, 0.0, 0.0))
        rows[signature, output] = before + pictures, max(largest, value), allowed
    return pd.DataFrame(
        [
            {
                "signature": signature,
                "output": output,
                "pictures": pictures,
                "off by": f"{off:.1e}",
                "allowed": f"{most:.0e}",
            }
            for (signature, output), (pictures, off, most) in rows.items()
        ]
    )
