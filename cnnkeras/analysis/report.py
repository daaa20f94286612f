"""The table of `check`: one line a layer for one file, one line a file for several."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TextIO

from cnnkeras.analysis.results import Analysis, NodeAnalysis, Totals
from cnnkeras.layers.base import show

HEADS = ("layer", "type", "output", "parameters", "MACs", "memory", "field")
# The columns that are cut where the terminal is narrow, in this order, and how narrow they may become. The type
# goes first: an automatic name has it in it.
FLEXIBLE = (1, 0)
NARROWEST = 8
GAP = "  "


def print_table(analysis: Analysis, stream: TextIO | None = None) -> None:
    """Print the layers and their totals: in colour on a terminal, as wide as it is; else as plain text, uncut."""
    stream = stream or sys.stdout
    if stream.isatty():
        _print_rich(analysis, stream)
    else:
        stream.write(f"{plain_table(analysis)}\n\n{totals_line(analysis.totals)}\n")


def plain_table(analysis: Analysis, width: int | None = None) -> str:
    """Give the table as text. Types, then names, are cut where `width` columns are too few; without it nothing is."""
    rows = [HEADS, *(row_of(node) for node in analysis.nodes)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    widths = _fit(widths, width) if width else widths
    return "\n".join(_line(row, widths) for row in rows)


def row_of(node: NodeAnalysis) -> tuple[str, ...]:
    """Give what stands in a layer's line."""
    shape, seen = node.output_shape, node.receptive_field
    return (
        node.name,
        # A type that there is not may hold anything, control sequences of the terminal among it.
        "".join(character if character.isprintable() else " " for character in node.type),
        "?" if shape is None else show(shape),
        exact(node.parameters),
        human(node.macs),
        human(node.activation_memory, "B"),
        "?" if seen is None else show(seen.size),
    )


def totals_line(totals: Totals) -> str:
    """Say what the layers come to."""
    frozen = (
        "" if totals.trainable_parameters == totals.parameters else f" ({exact(totals.trainable_parameters)} trained)"
    )
    # Of a detector's rows, for one, none is known.
    seen = "" if totals.receptive_field is None else f"; the output sees {show(totals.receptive_field.size)}"
    return (
        f"{exact(totals.parameters)} parameters{frozen}, {human(totals.macs)} multiply-accumulates and "
        f"{human(totals.activation_memory, 'B')} of activations a picture{seen}"
    )


def summary(files: Sequence[tuple[str, Analysis | None]]) -> str:
    """Give one line a file; an analysis is None where the file could not be read."""
    rows = [_summary_row(name, analysis) for name, analysis in files]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return "\n".join(
        GAP.join(
            [name.ljust(widths[0]), *(cell.rjust(wide) for cell, wide in zip(cells, widths[1:-1], strict=True)), found]
        )
        for name, *cells, found in rows
    )


def _summary_row(name: str, analysis: Analysis | None) -> tuple[str, ...]:
    if analysis is None:
        return (name, "", "", "can't be read")
    count = {
        severity: sum(each.severity == severity for each in analysis.diagnostics) for severity in ("error", "warning")
    }
    found = ", ".join(f"{number} {kind}{'s' * (number > 1)}" for kind, number in count.items() if number) or "ok"
    totals = analysis.totals
    return (name, f"{exact(totals.parameters)} parameters", f"{human(totals.macs)} MACs", found)


def exact(figure: int | None) -> str:
    """Write a figure with thousands apart, `?` where it is unknown."""
    return "?" if figure is None else f"{figure:,}"


def human(figure: int | None, unit: str = "") -> str:
    """Write a figure with four digits: `15.47 G`, `602.1 kB`."""
    if figure is None:
        return "?"
    value, prefixes = float(figure), ["", "k", "M", "G", "T", "P"]
    while value >= 999.95 and len(prefixes) > 1:
        value, prefixes = value / 1000, prefixes[1:]
    return f"{value:.4g} {prefixes[0]}{unit}".rstrip()


def _fit(widths: list[int], available: int) -> list[int]:
    """Narrow the flexible columns, one after the other, until the line fits or can't be narrowed."""
    widths = list(widths)
    for column in FLEXIBLE:
        excess = sum(widths) + len(GAP) * (len(widths) - 1) - available
        widths[column] = max(min(widths[column], NARROWEST), widths[column] - max(excess, 0))
    return widths


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    cells = [
        _cut(cell, width).ljust(width) if column < 3 else cell.rjust(width)
        for column, (cell, width) in enumerate(zip(row, widths, strict=True))
    ]
    return GAP.join(cells).rstrip()


def _cut(cell: str, width: int) -> str:
    """Cut the middle out: a block's layers differ at the end of their names."""
    if len(cell) <= width:
        return cell
    end = (width - 1) // 2
    return f"{cell[: width - 1 - end]}…{cell[len(cell) - end :]}"


def _print_rich(analysis: Analysis, stream: TextIO) -> None:
    # Rich is imported only for a terminal: importing it takes longer than the whole analysis.
    from rich.console import Console
    from rich.table import Table

    console = Console(file=stream, markup=False, highlight=False)
    table = Table(box=None, padding=(0, len(GAP), 0, 0), pad_edge=False, header_style="bold underline")
    rows = [row_of(node) for node in analysis.nodes]
    widths = [max(len(row[column]) for row in [HEADS, *rows]) for column in range(len(HEADS))]
    for column, (head, width) in enumerate(zip(HEADS, _fit(widths, console.width), strict=True)):
        table.add_column(head, justify="left" if column < 3 else "right", width=width, no_wrap=True)
    for row in rows:
        cells = [_cut(cell, table.columns[column].width or len(cell)) for column, cell in enumerate(row)]
        table.add_row(*cells, style="dim" if row[3] == "0" else "")
    console.print(table)
    console.print()
    console.print(totals_line(analysis.totals), soft_wrap=True)
