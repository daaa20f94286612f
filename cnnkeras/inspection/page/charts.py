"""Curves over the epochs as numbers of an SVG, so that a page needs no library to draw them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from matplotlib.ticker import LogLocator, MaxNLocator

from cnnkeras.inspection.columns import LOGARITHMIC, RATE, VALIDATION
from cnnkeras.inspection.page.record import Record

# Pixels of the drawing, and of the room that is left for the numbers around it.
WIDTH, HEIGHT = 420, 240
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 12, 30
# From here on a mark at every epoch would hide the line.
MARKED = 40


@dataclass(frozen=True)
class Series:
    """One curve: its name, its values by epoch, and its look (a number from 0, and whether it is dashed)."""

    name: str
    values: pd.Series
    look: int
    dashed: bool = False


@dataclass(frozen=True)
class Chart:
    """One measure over the epochs. `best` is the epoch to mark."""

    title: str
    series: Sequence[Series]
    best: int | None = None

    @cached_property
    def is_logarithmic(self) -> bool:
        """Tell whether a loss falls so far that its end would not be seen otherwise."""
        low, high = self._range
        return ("loss" in self.title or "rate" in self.title) and low > 0 and high >= LOGARITHMIC * low

    @cached_property
    def epochs(self) -> list[int]:
        """Give the epochs of all curves."""
        return sorted({int(epoch) for series in self.series for epoch in series.values.index})

    @cached_property
    def _range(self) -> tuple[float, float]:
        values = [value for series in self.series for value in series.values.dropna() if math.isfinite(value)]
        return (min(values), max(values)) if values else (0.0, 1.0)

    @cached_property
    def _ends(self) -> tuple[float, float]:
        """Give the values at the lower and the upper end of the scale."""
        low, high = self._range
        if self.is_logarithmic:
            return low / 1.1, high * 1.1
        margin = (high - low) * 0.05 or abs(high) * 0.1 or 1.0
        return low - margin, high + margin

    def across(self, epoch: float) -> float:
        """Give the place of an epoch, in pixels from the left."""
        first, last = self.epochs[0], self.epochs[-1]
        return round(LEFT + (WIDTH - LEFT - RIGHT) * ((epoch - first) / (last - first) if last > first else 0.5), 1)

    def down(self, value: float) -> float:
        """Give the place of a value, in pixels from the top."""
        low, high = self._ends
        if self.is_logarithmic:
            low, high, value = math.log(low), math.log(high), math.log(max(value, low))
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (value - low) / (high - low), 1)

    @property
    def epoch_ticks(self) -> list[tuple[float, str]]:
        """Give places and numbers below the chart."""
        ticks = MaxNLocator(nbins=6, integer=True).tick_values(self.epochs[0], self.epochs[-1])
        return [(self.across(tick), f"{tick:.0f}") for tick in ticks if self.epochs[0] <= tick <= self.epochs[-1]]

    @property
    def value_ticks(self) -> list[tuple[float, str]]:
        """Give places and numbers beside the chart."""
        low, high = self._ends
        if self.is_logarithmic:
            # A span of less than two powers of ten needs numbers in between.
            steps = (1.0,) if high / low >= 100 else (1.0, 2.0, 5.0)
            ticks = LogLocator(subs=steps, numticks=12).tick_values(low, high)
        else:
            ticks = MaxNLocator(nbins=5).tick_values(low, high)
        return [(self.down(tick), short(tick)) for tick in ticks if low <= tick <= high]

    def points(self, series: Series) -> list[tuple[float, float]]:
        """Give the places of a curve's values."""
        known = series.values.dropna()
        pairs = zip(known.index, known, strict=True)
        return [(self.across(epoch), self.down(value)) for epoch, value in pairs if math.isfinite(value)]

    def path(self, series: Series) -> str:
        """Give a curve as an SVG path."""
        return "M" + " L".join(f"{x},{y}" for x, y in self.points(series))

    def has_marks(self, series: Series) -> bool:
        """Tell whether each value is marked."""
        return len(series.values) <= MARKED

    @property
    def best_points(self) -> list[tuple[float, float]]:
        """Give where the best epoch stands on the curve by which it was chosen: the last one."""
        values = self.series[-1].values
        return (
            []
            if self.best is None or self.best not in values.index
            else [(self.across(self.best), self.down(values[self.best]))]
        )

    @property
    def content(self) -> dict[str, Any]:
        """Give what the page shows of an epoch that is pointed at."""
        return {
            "epochs": self.epochs,
            "across": [self.across(epoch) for epoch in self.epochs],
            "series": [
                {"name": each.name, "look": each.look, "values": [_shown(each.values, epoch) for epoch in self.epochs]}
                for each in self.series
            ],
        }

    @property
    def words(self) -> str:
        """Say what the chart shows, for those who can't see it."""
        said = []
        for series in self.series:
            known = series.values.dropna()
            if len(known):
                said.append(f"{series.name} from {short(known.iloc[0])} to {short(known.iloc[-1])}")
        return f"{self.title} over {len(self.epochs)} epochs: {'; '.join(said)}"


def curves(record: Record) -> list[Chart]:
    """Give a chart for each measure of a run, and one of the learning rate."""
    history = record.history
    if not len(history):
        return []
    charts = []
    for name in record.measures:
        pairs = (("training", name, False), ("validation", VALIDATION + name, True))
        series = [
            Series(words, history[column], int(dashed), dashed) for words, column, dashed in pairs if column in history
        ]
        charts.append(Chart(name.replace("_", " "), series, record.best_epoch))
    if RATE in history:
        charts.append(Chart("learning rate", [Series("learning rate", history[RATE], 2)]))
    return charts


def short(value: float) -> str:
    """Write a number with four digits."""
    return f"{value:.4g}".replace("-", "−").replace("e−0", "e−").replace("e+0", "e")


def _shown(values: pd.Series, epoch: int) -> str:
    return short(float(values[epoch])) if epoch in values.index and pd.notna(values[epoch]) else "–"
