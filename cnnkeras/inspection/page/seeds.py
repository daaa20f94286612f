"""Runs that differ in their seed alone, taken together: mean and standard deviation."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cnnkeras.inspection.page.comparison import Comparison

SEED = "training.seed"
# The 97.5 % points of Student's t for 1 to 10 degrees of freedom, and for more the one of 11.
STUDENT = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20)
# So many of its settings name an experiment.
NAMED = 3


@dataclass(frozen=True)
class Experiment:
    """The runs of one file, by their places in the comparison, and what it has that the others have not."""

    places: Sequence[int]
    name: str


@dataclass(frozen=True)
class Spread:
    """A figure over several seeds; `deviation` is the sample's (n − 1), None of a single run."""

    mean: float
    deviation: float | None
    count: int

    def __str__(self) -> str:
        """Write it as papers do."""
        return f"{self.mean:.4f}" if self.deviation is None else f"{self.mean:.4f} ± {self.deviation:.4f}"


def experiments(comparison: Comparison) -> list[Experiment]:
    """Give the experiments, in the order of their first runs; [] where each has one run."""
    if SEED not in comparison.differences:
        return []
    differing = [name for name in comparison.differences if name != SEED]
    # What some have not follows from what all have, mostly: SGD has no beta_1.
    telling = [name for name in differing if None not in comparison.differences[name]] or differing
    found: dict[tuple[str, ...], list[int]] = {}
    for place in range(len(comparison.records)):
        values = tuple(str(comparison.differences[name][place]) for name in differing)
        found.setdefault(values, []).append(place)
    if all(len(places) == 1 for places in found.values()):
        return []
    names = [_named(comparison, telling, places[0]) for places in found.values()]
    # What tells two apart may stand behind what is named.
    unique = [name if names.count(name) == 1 else f"{name} (experiment {index})" for index, name in enumerate(names, 1)]
    return [Experiment(places, name) for places, name in zip(found.values(), unique, strict=True)]


def spread(values: Sequence[float | None]) -> Spread | None:
    """Give mean and standard deviation; None where a figure is not there, or no number."""
    numbers = [value for value in values if value is not None and math.isfinite(value)]
    if len(numbers) < len(values) or not numbers:
        return None
    return Spread(statistics.fmean(numbers), statistics.stdev(numbers) if len(numbers) > 1 else None, len(numbers))


def spreads(comparison: Comparison, experiment: Experiment) -> Iterator[tuple[str, Spread | None]]:
    """Give what was measured of an experiment, by the names of the results."""
    for name, values in comparison.results.items():
        if name.startswith(("validation ", "test ")):
            yield name, spread([values[place] for place in experiment.places])


def may_be_chance(one: Spread, other: Spread) -> bool | None:
    """Tell whether two means are as near as 95 % of those of equal experiments; None where that can't be told.

    By Welch's test (1947, doi:10.1093/biomet/34.1-2.28).
    """
    if one.deviation is None or other.deviation is None:
        return None
    errors = [each.deviation**2 / each.count for each in (one, other) if each.deviation is not None]
    error = math.sqrt(sum(errors))
    if not error:
        return one.mean == other.mean
    parts = (part**2 / (each.count - 1) for part, each in zip(errors, (one, other), strict=True))
    freedom = max(1, math.floor(sum(errors) ** 2 / sum(parts) + 1e-6))
    return abs(one.mean - other.mean) <= STUDENT[min(freedom, len(STUDENT)) - 1] * error


def _named(comparison: Comparison, names: Sequence[str], place: int) -> str:
    """Say what an experiment has, where experiments differ."""
    if not names:
        return "all runs"
    given = {name.removeprefix("training."): comparison.differences[name][place] for name in names}
    told = [f"{name}={value}" for name, value in given.items() if value is not None]
    return ", ".join(told[:NAMED]) + (", …" if len(told) > NAMED else "") or "the one without"
