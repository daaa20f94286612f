"""Tables as the page shows them: cells with the text that is read and the value that is sorted by."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cnnkeras.analysis.analysis import Analysis
from cnnkeras.analysis.report import exact, human
from cnnkeras.layers.base import show

# Of a longer table the first rows are shown: the browser would take its time, and nobody reads them.
MOST_ROWS = 1000
# A table with more rows is folded: what comes below it would be screens away.
FOLDED = 50


@dataclass(frozen=True)
class Cell:
    """A text, and what it is sorted by: a number, or the text itself."""

    text: str
    value: float | str
    is_number: bool = False


@dataclass(frozen=True)
class Sheet:
    """A table with a caption; its first column names the rows."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]

    @property
    def is_long(self) -> bool:
        """Tell whether the table is to be opened before it is seen."""
        return len(self.rows) > FOLDED


def sheet(table: pd.DataFrame, caption: str) -> Sheet:
    """Give a table of a run, its columns in words; of a long one the first rows."""
    heads = [str(name).replace("_", " ") for name in table.columns]
    if len(table) > MOST_ROWS:
        caption = f"{caption}: the first {MOST_ROWS:,} of {len(table):,} rows"
    rows = table[:MOST_ROWS].itertuples(index=False)
    return Sheet(caption, heads, [[cell(value) for value in row] for row in rows])


def metrics_sheet(metrics: Mapping[str, Mapping[str, float]]) -> Sheet:
    """Give the measures of the parts side by side."""
    names = list(dict.fromkeys(name for measured in metrics.values() for name in measured))
    rows = [
        [Cell(name.replace("_", " "), name), *(cell(metrics[part].get(name, math.nan)) for part in metrics)]
        for name in names
    ]
    return Sheet("What the best network measures", ["measure", *metrics], rows)


def layers_sheet(analysis: Analysis) -> Sheet:
    """Give the figures of every layer, as `check` prints them."""
    rows = []
    for node in analysis.nodes:
        seen = node.receptive_field
        rows.append(
            [
                Cell(node.name, node.name),
                Cell(node.type, node.type),
                Cell("?" if node.output_shape is None else show(node.output_shape), -1.0, True),
                _figure(exact(node.parameters), node.parameters),
                _figure(human(node.macs), node.macs),
                _figure(human(node.activation_memory, "B"), node.activation_memory),
                _figure("?" if seen is None else show(seen.size), None if seen is None else math.prod(seen.size)),
            ]
        )
    heads = ["layer", "type", "output", "parameters", "MACs", "memory", "sees"]
    return Sheet("Every layer, for one picture", heads, rows)


def cell(value: Any) -> Cell:
    """Give a cell for a value as pandas has it."""
    if isinstance(value, str) or value is None:
        return Cell(value or "", value or "")
    if isinstance(value, bool | np.bool_):
        return Cell("yes" if value else "no", str(value))
    number = float(value)
    if math.isnan(number):
        return Cell("–", -math.inf, True)
    is_whole = not isinstance(value, float) or (number.is_integer() and abs(number) > 1)
    return Cell(f"{int(number):,}" if is_whole else f"{number:.4f}", number, True)


def _figure(text: str, value: float | None) -> Cell:
    return Cell(text, -1.0 if value is None else float(value), True)
