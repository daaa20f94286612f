"""The table that a benchmark prints and the JSON that it writes."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from benchmarks.machine import describe


def print_table(
    title: str,
    machine: Mapping[str, Any],
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    notes: Sequence[str],
    console: Console | None = None,
) -> None:
    """Print what was measured, on what, and under it what it was compared with. The first two columns are names."""
    # Where nobody looks at a terminal, a table is not folded into eighty columns.
    console = console or (Console() if sys.stdout.isatty() else Console(width=200))
    table = Table(title=title, title_justify="left")
    for number, column in enumerate(columns):
        # Headings are folded, names and figures never cut.
        longest = max(len(text) for text in (*column.split(), *(row[number] for row in rows)))
        table.add_column(column, justify="left" if number < 2 else "right", width=longest)
    for before, row in zip([None, *rows], rows, strict=False):
        if before is not None and before[0] != row[0]:
            table.add_section()
        table.add_row(*row)
    # A line that a narrow terminal folds can be read; a column that rich leaves out can't.
    console.width = max(console.width, whole_width(console, table))
    console.print(describe(dict(machine)), soft_wrap=True)
    console.print(table)
    for note in notes:
        console.print(note, soft_wrap=True)


def whole_width(console: Console, table: Table) -> int:
    """Give the width that shows all columns, which may be more than the console has."""
    return Measurement.get(console, console.options.update(max_width=sys.maxsize), table).maximum


def write_json(file: Path, benchmark: str, machine: Mapping[str, Any], content: Mapping[str, Any]) -> None:
    """Write the figures, every single measurement among them, beside the machine and the time."""
    whole = {
        "benchmark": benchmark,
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine,
        **content,
    }
    file.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
