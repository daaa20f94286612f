"""`compare` and `report`: the pages, made from what runs have left. Needs no TensorFlow."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from cnnkeras.commands.reading import examine
from cnnkeras.commands.runs import COMPARISON, finished_runs, left_out, newest
from cnnkeras.errors import Diagnostic, RunError, UserError, reason_of
from cnnkeras.inspection.page.comparison import Comparison
from cnnkeras.inspection.page.comparison_tables import as_csv, as_json, as_text
from cnnkeras.inspection.page.record import Record
from cnnkeras.inspection.page.side_by_side import comparison_page
from cnnkeras.inspection.page.verdict import verdict
from cnnkeras.inspection.page.writing import write_report
from cnnkeras.spec.overrides import COMMAND_LINE
from cnnkeras.training.atomic import write_text
from cnnkeras.training.run_directory import RunDirectory


def compare(paths: Sequence[Path], form: str, page: Path | None) -> int:
    """Print runs side by side, as a table, as CSV or as JSON, and write the page.

    `form` is "table", "csv" or "json". With the latter two, which programs read, a page is written only where one is
    named. Raises UserError where the runs can't be compared.
    """
    comparison = Comparison([read_record(run) for run in finished_runs(paths)])
    _check(comparison)
    for run in left_out(paths):
        print(f"{run} is left out: it is not finished", file=sys.stderr)
    if form == "table":
        print(as_text(comparison))
        for sentence in verdict(comparison):
            print(f"\n{sentence}", file=sys.stderr)
    else:
        print(as_csv(comparison) if form == "csv" else as_json(comparison), end="")
    target = page or (comparison.parent / COMPARISON if form == "table" else None)
    if target is not None:
        _write(target, comparison_page(comparison, target.parent))
        print(f"\npage: {target}", file=sys.stderr)
    return 0


def report(path: Path) -> int:
    """Write a run's report.html again, of one that was stopped as far as it is; print the file."""
    run = RunDirectory.open(newest(path))
    try:
        write_report(run, examine(run.architecture)[0])
    except OSError as error:
        raise RunError(
            f"{run.report} can't be written: {reason_of(error)}", "see to the folder's permissions"
        ) from error
    except ValueError as error:
        raise RunError(f"{run.path} has a file that can't be read: {error}", "was it changed by hand?") from error
    print(run.report)
    return 0


def read_record(run: RunDirectory) -> Record:
    """Read what a run has left. Raises RunError where a file of it can't be read."""
    try:
        return Record.read(run, examine(run.architecture)[0])
    except (OSError, ValueError) as error:
        raise RunError(f"{run.path} has a file that can't be read: {error}", "leave the run out") from error


def _check(comparison: Comparison) -> None:
    records = comparison.records
    if len(records) < 2:
        message = f"there is only one run to compare: {records[0].run.path}"
        hint = "name two or more, or the folder of an experiment's runs"
        raise UserError(Diagnostic("run", "error", COMMAND_LINE, 0, 0, "", message, hint))
    tasks = {record.task: record.run.path for record in records}
    if len(tasks) > 1:
        message = "the runs are of different tasks: " + ", ".join(f"{path} is {task}" for task, path in tasks.items())
        raise UserError(Diagnostic("run", "error", COMMAND_LINE, 0, 0, "", message, "compare runs of one task"))


def _write(target: Path, page: str) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_text(target, page)
    except OSError as error:
        hint = f"name another file with --html, as in --html {os.path.join('.', COMPARISON)}"
        raise RunError(f"{target} can't be written: {reason_of(error)}", hint) from error
