"""Which of several runs is to be preferred, and whether that may be chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnkeras.inspection.page.comparison import Comparison
from cnnkeras.inspection.page.findings.classes import wilson
from cnnkeras.inspection.page.seeds import Experiment, experiments, may_be_chance, spread


def verdict(comparison: Comparison) -> Iterator[str]:
    """Say it in sentences, by the validation part: whoever chooses by the test part has no test left."""
    records, names = comparison.records, comparison.names
    if not comparison.is_ranked:
        yield "They were not measured on the same data (see data.…), so their figures do not tell which is better."
        return
    metric = records[0].main_metric
    row = f"validation {metric}"
    if row in comparison.results and (together := experiments(comparison)):
        yield from _of_experiments(comparison, together, row)
        return
    leaders = comparison.leaders(row) if row in comparison.results else []
    if not leaders:
        return
    best, metric_words = leaders[0], metric.replace("_", " ")
    values = comparison.results[row]
    others = [value for place, value in enumerate(values) if place not in leaders and value is not None]
    second = max(others) if comparison.better(row) > 0 else min(others)
    first = f"{names[best]} is the best"
    if len(leaders) > 1:
        first = f"{' and '.join(names[place] for place in leaders)} are the best, and equal"
    yield f"By the validation part {first}: {metric_words} {values[best]:.4f}, the next has {second:.4f}."
    size = records[best].outcome.get("data", {}).get("parts", {}).get("validation", 0)
    if metric == "accuracy" and size:
        low, high = wilson(float(values[best] or 0), size)
        if low <= second <= high:
            yield (
                f"With {size:,} validation pictures that may be chance: {low:.4f} to {high:.4f} is its 95 % interval. "
                "Train both with several seeds (training.seed) before choosing."
            )


def _of_experiments(comparison: Comparison, together: Sequence[Experiment], row: str) -> Iterator[str]:
    """Say which experiment is the best in the mean over its seeds: the best run of several is so by chance, too."""
    found = [(each, spread([comparison.results[row][place] for place in each.places])) for each in together]
    known = [(each, figure) for each, figure in found if figure is not None]
    known.sort(key=lambda pair: pair[1].mean, reverse=comparison.better(row) > 0)
    if not known or not comparison.better(row):
        return
    (best, figure), *others = known
    metric = row.removeprefix("validation ").replace("_", " ")
    if not others:
        yield f"Over {figure.count} seeds the validation {metric} is {figure} (mean and standard deviation)."
        return
    second, other = others[0]
    yield f"By the mean over seeds {best.name} is the best: validation {metric} {figure}; {second.name} has {other}."
    chance = may_be_chance(figure, other)
    if chance is None:
        yield "One of them was trained with one seed only: train it with others (training.seed) before choosing."
    else:
        yield f"That {'may be' if chance else 'is hardly'} chance (Welch's test at 95 %)."
