"""The loss over a rising learning rate."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from cnnkeras.inspection.figures.style import BLUE, FAINT, INK, MUTED, VERMILION, new_chart, styled
from cnnkeras.training.rate_test import RateTest

# Losses beyond it would press the part that counts to the floor.
SHOWN = 1.5


@styled
def rates(test: RateTest) -> Figure:
    """Draw the loss of each step, and without its noise, over the rate, with the suggestion and where it is lowest."""
    figure = new_chart(7.5, 4.2, "Loss over a rising learning rate", _subtitle(test))
    axes = figure.add_subplot()
    axes.plot(test.rates, test.losses, color=FAINT, linewidth=1, label="each step")
    axes.plot(test.rates, test.smoothed, color=BLUE, linewidth=2, label="smoothed")
    for rate, color, style, name in (
        (test.suggestion, VERMILION, "-", "suggestion"),
        (test.steepest, INK, (0, (1, 1.5)), "falls fastest"),
        (test.lowest, MUTED, (0, (4, 1.5)), "lowest"),
    ):
        if rate is not None:
            axes.axvline(rate, color=color, linestyle=style, linewidth=1.2, label=f"{name}: {rate:.2g}")
    low, high = float(test.smoothed.min()), float(np.max(test.smoothed[: max(3, len(test.smoothed) // 4)]))
    room = 0.08 * (high - low) or 1.0
    axes.set_ylim(low - 2 * room, min(float(test.losses.max()), low + SHOWN * (high - low)) + room)
    axes.set_xscale("log")
    axes.set_xlabel("learning rate")
    axes.set_ylabel("loss")
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    axes.legend(loc="lower left", fontsize=8)
    return figure


def _subtitle(test: RateTest) -> str:
    if test.suggestion is None:
        return "It falls nowhere: more steps, or a network that learns, would be needed."
    return "The suggestion is where the loss falls fastest, at most a tenth of where it is lowest."
