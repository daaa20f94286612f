"""The page on which runs stand side by side."""

from __future__ import annotations

import os
from pathlib import Path

from cnnkeras.inspection.columns import VALIDATION
from cnnkeras.inspection.page.charts import Chart, Series
from cnnkeras.inspection.page.comparison import Comparison
from cnnkeras.inspection.page.comparison_tables import NONE, over_seeds, shown
from cnnkeras.inspection.page.sheets import Cell, sheet
from cnnkeras.inspection.page.verdict import verdict
from cnnkeras.inspection.page.writing import render

# So many looks there are before they come again, dashed.
LOOKS = 8


def comparison_page(comparison: Comparison, folder: Path) -> str:
    """Give the page; its links lead from `folder` to the runs' reports."""
    records = comparison.records
    reports = [
        os.path.relpath(record.run.report.resolve(), folder.resolve()) if record.run.report.exists() else None
        for record in records
    ]
    return render(
        "compare.html",
        f"{len(records)} runs",
        task=records[0].task,
        sentences=list(verdict(comparison)),
        is_ranked=comparison.is_ranked,
        runs=list(zip(comparison.names, [Path(each).as_posix() if each else None for each in reports], strict=True)),
        differences=[
            (name, [Cell(NONE if value is None else str(value), "") for value in values])
            for name, values in comparison.differences.items()
        ],
        results=[
            (name, [Cell(shown(name, value), "", True) for value in values], comparison.leaders(name))
            for name, values in comparison.results.items()
        ],
        over_seeds=sheet(over_seeds(comparison).rename_axis("experiment").reset_index(), "Mean and standard deviation"),
        unlike=comparison.layer_lists.unlike,
        charts=overlaid(comparison),
    )


def overlaid(comparison: Comparison) -> list[Chart]:
    """Give a chart a measure with a curve a run: of the validation part, or of training where only that is known."""
    measures = dict.fromkeys(name for record in comparison.records for name in record.measures)
    charts = []
    for measure in measures:
        column = VALIDATION + measure
        if not any(column in record.history for record in comparison.records):
            column = measure
        series = [
            Series(name, record.history[column], place % LOOKS, place >= LOOKS)
            for place, (name, record) in enumerate(zip(comparison.names, comparison.records, strict=True))
            if column in record.history
        ]
        charts.append(Chart(column.replace(VALIDATION, "validation ").replace("_", " "), series))
    return [chart for chart in charts if chart.epochs]
