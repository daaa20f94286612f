"""The curves of a training: loss and metrics of training and validation, and the learning rate."""

from __future__ import annotations

import math
import re
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cnnkeras.inspection.columns import LOGARITHMIC, NO_MEASURES, RATE, VALIDATION
from cnnkeras.inspection.figures.style import BLUE, INK, MUTED, VERMILION, new_chart, styled

# From here on a mark at every epoch would hide the line.
MARKED_EPOCHS = 40
COLUMNS = 3


@styled
def curves(history: pd.DataFrame, monitor: str, best: int | None) -> Figure:
    """Draw one panel for the loss and for each metric, and a low one for the learning rate.

    Args:
        history: one row an epoch, indexed by epoch; columns with Keras's names (`loss`, `val_loss`, …).
        monitor: the column by which the best epoch was chosen.
        best: that epoch.

    """
    names = [name for name in history.columns if name not in NO_MEASURES and not name.startswith(VALIDATION)]
    panels = sorted(names, key=lambda name: name != "loss")
    columns = min(COLUMNS, len(panels))
    rows = math.ceil(len(panels) / columns)
    has_rate = RATE in history
    figure = new_chart(max(4.6 * columns, 6), 3.2 * rows + 1.6 * has_rate + 0.6, *_titles(history, monitor, best))
    grid = figure.add_gridspec(rows + has_rate, columns, height_ratios=[1.0] * rows + [0.34] * has_rate)
    for index, name in enumerate(panels):
        _panel(figure.add_subplot(grid[index // columns, index % columns]), history, name, best)
    if has_rate:
        _rate(figure.add_subplot(grid[rows, :]), history[RATE])
    return figure


def _titles(history: pd.DataFrame, monitor: str, best: int | None) -> tuple[str, str]:
    title = f"Training over {len(history)} epoch" + "s" * (len(history) != 1)
    if best is None or monitor not in history:
        return title, ""
    return title, f"The best epoch is {best}: its {monitor} is {history[monitor][best]:.4g}. Its weights were kept."


def _panel(axes: Axes, history: pd.DataFrame, name: str, best: int | None) -> None:
    marker: dict[str, Any] = {"marker": "o", "markersize": 3.5} if len(history) <= MARKED_EPOCHS else {}
    axes.plot(history.index, history[name], color=BLUE, label="training", **marker)
    if VALIDATION + name in history:
        validation = history[VALIDATION + name]
        # Dashed as well as coloured: it must survive a black and white printer.
        axes.plot(history.index, validation, color=VERMILION, linestyle=(0, (4, 1.5)), label="validation", **marker)
        if best is not None:
            axes.plot([best], [validation[best]], "o", markersize=9, color=INK, fillstyle="none", label="best epoch")
    axes.set_title(name.replace("_", " ") + _scale(axes, history.filter(regex=f"^({VALIDATION})?{re.escape(name)}$")))
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.legend(loc="best", fontsize=8)


def _scale(axes: Axes, figures: pd.DataFrame) -> str:
    """Draw a loss that falls far on a logarithmic scale, where its end is seen too; give what the title says of it."""
    known = figures.to_numpy(float)[figures.notna()]
    if (
        "loss" not in figures.columns[0]
        or not known.size
        or known.min() <= 0
        or known.max() < LOGARITHMIC * known.min()
    ):
        return ""
    axes.set_yscale("log")
    return " (logarithmic)"


def _rate(axes: Axes, rate: pd.Series) -> None:
    axes.plot(rate.index, rate, color=MUTED, drawstyle="steps-mid", marker="o" if len(rate) == 1 else None)
    axes.set_title("learning rate")
    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if rate.min() > 0 and rate.max() / rate.min() > LOGARITHMIC:
        axes.set_yscale("log")
    else:
        axes.set_ylim(0, rate.max() * 1.15 or 1)
    axes.grid(axis="y")
