"""history.csv: a row an epoch."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from cnnkeras.training.atomic import write_text
from cnnkeras.training.run_directory import RunDirectory


def write_history(run: RunDirectory, rows: Sequence[Mapping[str, float]]) -> None:
    """Write history.csv, one row an epoch; what an epoch lacks stays empty."""
    columns = list(dict.fromkeys(name for row in rows for name in row)) or ["epoch"]
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_text(run.history, text.getvalue())


def read_history(run: RunDirectory) -> list[dict[str, float]]:
    """Give the rows of history.csv; none where it is not there yet."""
    if not run.history.exists():
        return []
    with run.history.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [{name: float(value) for name, value in row.items() if value} for row in rows]
