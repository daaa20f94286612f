"""How well each class is told: precision, recall, and F1 or IoU."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cnnkeras.inspection.figures.style import BLUE, FAINT, INK, MUTED, VERMILION, new_chart, shorten, styled

MOST = 40


@dataclass(frozen=True)
class Measure:
    """What sums up precision and recall: the table's column, its name, and a line that explains it."""

    column: str
    name: str
    meaning: str = ""


F1 = Measure("f1", "F1")
OVERLAP = Measure(
    "iou", "IoU", "\nIoU: of the pixels that were so or were called so, how many were both. In brackets: its pixels."
)


@styled
def classes(table: pd.DataFrame, measure: Measure = F1) -> Figure:
    """Draw one line a class, the worst at the top; of many classes only the worst.

    Args:
        table: a row a class, with the columns `class`, `precision`, `recall`, the measure's and `support`. What has
            nothing to be measured on is NaN, and left out.
        measure: by which the worst are found, and what it is called.

    """
    worst = table.sort_values(measure.column, kind="stable")[:MOST]
    title = f"Each class: precision, recall and {measure.name}"
    if len(table) > MOST:
        title = f"The {MOST} hardest of {len(table)} classes: precision, recall and {measure.name}"
    figure = new_chart(
        7.5,
        0.26 * len(worst) + 1.7,
        title,
        "Precision: of what was called so, how much was. Recall: of what was so, how much was called so."
        + measure.meaning,
    )
    axes = figure.subplots()
    columns = ["precision", "recall", measure.column]
    lines = range(len(worst))
    axes.hlines(
        lines,
        worst[columns].min(axis=1),
        worst[columns].max(axis=1),
        FAINT,
        linewidth=4,
    )
    axes.plot(worst["precision"], lines, ">", color=BLUE, label="precision", markersize=6)
    axes.plot(worst["recall"], lines, "<", color=VERMILION, label="recall", markersize=6)
    axes.plot(worst[measure.column], lines, "|", color=INK, label=measure.name, markersize=10, markeredgewidth=2)
    names = [
        f"{shorten(name, 28)}  ({support:,})" for name, support in zip(worst["class"], worst["support"], strict=True)
    ]
    axes.set_yticks(lines, names, color=INK)
    axes.set_ylim(len(worst) - 0.5, -0.5)
    # At least a twentieth of the scale, so that classes that are all but perfect look so.
    span = max(0.05, 1 - np.nanmin(worst[columns].to_numpy(float), initial=1.0))
    axes.set_xlim(1 - span * 1.03, 1 + span * 0.02)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, labelcolor=MUTED)
    return figure
