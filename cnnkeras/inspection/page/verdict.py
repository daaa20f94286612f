"""Which of several runs is to be preferred, and whether that may be chance."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.inspection.page.comparison import Comparison
from cnnkeras.inspection.page.findings.classes import wilson


def verdict(comparison: Comparison) -> Iterator[str]:
    """Say it in sentences, by the validation part: whoever chooses by the test part has no test left."""
    records, names = comparison.records, comparison.names
    if not comparison.is_ranked:
        yield "They were not measured on the same data (see data.…), so their figures do not tell which is better."
        return
    metric = records[0].main_metric
    row = f"validation {metric}"
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
