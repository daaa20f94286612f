"""How many objects there are in each picture, and how many the network's mask has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cnnkeras.inspection.figures.style import FAINT, INK, MUTED, new_chart, shorten, styled
from cnnkeras.tasks.palette import colours_of

# Of more classes the ones with the most objects are named.
NAMED = 12


@styled
def counts(table: pd.DataFrame, class_names: Sequence[str], pictures: int) -> Figure | None:
    """Draw a dot for each picture and class: true against predicted objects; None where there is no object at all.

    `table` has a row for each, with `picture`, `class`, `true_objects` and `predicted_objects`.
    """
    if not len(table):
        return None
    true, predicted = table["true_objects"].to_numpy(), table["predicted_objects"].to_numpy()
    error, right = float(abs(predicted - true).mean()), float((predicted == true).mean())
    figure = new_chart(
        7.4,
        5.6,
        f"Counting: {predicted.sum():,} objects found, and {true.sum():,} are there, in {pictures:,} test pictures",
        f"A dot is a class in a picture: {right:.0%} are counted right, and the mean error is {_rounded(error)}.\n"
        "An object is what hangs together in a mask: two of one class that touch are one.",
    )
    axes = figure.subplots()
    most = max(int(true.max()), int(predicted.max()), 1)
    axes.plot([0, most], [0, most], color=FAINT, linewidth=1.2, zorder=0)
    _draw(axes, table, class_names)
    margin = 0.06 * most + 0.3
    limits = (-margin, most + margin)
    axes.set(xlabel="objects there are", ylabel="objects found", xlim=limits, ylim=limits)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    if most > 1:
        axes.text(most, most, "as many ", ha="right", va="bottom", fontsize=8, color=MUTED)
    return figure


def _draw(axes: Axes, table: pd.DataFrame, class_names: Sequence[str]) -> None:
    """Draw the dots, moved a little by lot so that equal ones are seen beside each other."""
    colours = dict(zip(class_names, colours_of(class_names), strict=True))
    totals = table.groupby("class", sort=False)["true_objects"].sum().sort_values(ascending=False)
    random = np.random.default_rng(0)
    for place, (name, total) in enumerate(zip(totals.index.astype(str), totals, strict=True)):
        rows = table[table["class"] == name]
        shift = random.uniform(-0.18, 0.18, (2, len(rows)))
        axes.scatter(
            rows["true_objects"] + shift[0],
            rows["predicted_objects"] + shift[1],
            s=16,
            color=[value / 255 for value in colours[name]],
            alpha=0.7,
            linewidth=0,
            label=_label(name, rows["predicted_objects"].sum(), total) if place < NAMED else None,
        )
    axes.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.01, 0.5), labelcolor=INK)


def _label(name: str, found: int, there: int) -> str:
    return f"{shorten(name)}: {found:,} found, {there:,} there"


def _rounded(error: float) -> str:
    return f"{error:,.0f}" if error >= 10 else f"{error:.2g}"
