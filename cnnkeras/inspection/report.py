"""What the terminal says once a run is done: how good it is, class by class, and what to do with it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pandas as pd
from rich.console import Console

from cnnkeras.console import Side, plain_console, print_grid
from cnnkeras.inspection.directions import directions
from cnnkeras.inspection.page.findings.finding import Finding
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import Evaluation
from cnnkeras.training.run_directory import RunDirectory

# Of more classes the hardest are shown; the figures have them all.
MOST_CLASSES = 20


def report(
    run: RunDirectory,
    architecture: Architecture,
    evaluation: Evaluation,
    console: Console | None = None,
    problems: Sequence[Finding] = (),
) -> None:
    """Print the summary, by default to standard error; in plain text where that is no terminal.

    `problems` are those that the report begins with.
    """
    # Names of classes and folders are the user's: nothing in them is markup.
    console = console or plain_console(to_stderr=True)
    metrics = ", ".join(f"{name} {value:.4f}" for name, value in evaluation.metrics.items())
    console.print()
    console.print(f"{architecture.name} on {len(evaluation.truth):,} test pictures: {metrics}", style="bold")
    print_table(evaluation.table, console)
    for finding in problems:
        console.print(f"{'problem':<12}{finding.title} {finding.reason}", soft_wrap=True)
        if finding.command:
            console.print(f"{'  try':<12}{finding.command}", soft_wrap=True)
    for what, command in directions(run, architecture.name).items():
        # A command is copied: it must not be broken into lines.
        console.print(f"{what:<12}{command}", soft_wrap=True)


def print_table(table: pd.DataFrame, console: Console) -> None:
    """Print a row a class; of many classes the hardest, by the table's own measure."""
    shown = table
    if len(table) > MOST_CLASSES:
        measure = next(name for name in ("f1", "iou", table.columns[1]) if name in table)
        shown = table.sort_values(measure, kind="stable")[:MOST_CLASSES]
        console.print(f"the {MOST_CLASSES} of {len(table):,} classes with the lowest {measure}:")
    heads = [(name.replace("_", " "), _side(shown[name])) for name in shown.columns]
    print_grid(console, heads, ([_cell(value) for value in row] for row in shown.itertuples(index=False)))


def _side(column: pd.Series) -> Side:
    return "right" if pd.api.types.is_numeric_dtype(column) else "left"


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return "–" if math.isnan(value) else f"{value:.3f}"
    return f"{value:,}"
