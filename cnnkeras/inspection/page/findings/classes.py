"""What the test's table by class tells."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from cnnkeras.errors import first_of
from cnnkeras.inspection.page.findings.finding import Finding, again, measured_rate
from cnnkeras.inspection.page.record import Record

# Columns that sum up a class, the first that a table has.
MEASURES = {"f1": "F1", "iou": "IoU", "map": "AP", "map_50": "AP50"}
# The rest of the picture is always more than what is in it.
REST = "background"
# A class counts as weak so far below the median of all, and is named among so many at most.
BELOW, NAMED = 0.1, 5
# Shares are kept to so much.
ROUNDED = 1e-3
# A class of so large a share is a good answer to everything.
MOST = 0.6
# So many times the examples of the rarest class.
UNBALANCED = 5
# The error of a share measured on few examples, in the worst case: 1.96 · √(¼/n).
UNCERTAIN = 0.03


def measure_of(table: pd.DataFrame) -> str | None:
    """Give the column that sums up a class."""
    return next((name for name in MEASURES if name in table), None)


def confused(record: Record) -> Iterator[Finding]:
    """Find the classes that are taken for another most often."""
    table = record.by_class
    if not {"class", "most_confused_with", "times", "support"} <= set(table):
        return
    worst = table[table["times"] > 0].sort_values("times", ascending=False, kind="stable").head(3)
    # A single mistake is chance.
    if not len(worst) or worst["times"].iloc[0] < 2:
        return
    said = [
        f'"{row["class"]}" is taken for "{row["most_confused_with"]}" {_times(row["times"])} of {row["support"]:,}'
        for _, row in worst.iterrows()
    ]
    advice = (
        "Look at these under Pictures, worst: are the labels right, is the picture large enough to tell them apart? "
    )
    advice += "More pictures of these classes help most."
    yield Finding("chance", "Some classes are taken for each other.", "; ".join(said) + ".", advice)


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def one_answer(record: Record) -> Iterator[Finding]:
    """Find a network that answers the same whatever it is shown."""
    table = record.by_class
    if not {"class", "precision", "recall", "support"} <= set(table) or (table["support"] > 0).sum() < 2:
        return
    (right, *others) = (row for _, row in table.sort_values("recall", ascending=False, kind="stable").iterrows())
    total = table["support"].sum()
    # Whether all answers are this one: a share `precision` of them is right, as is that of its own pictures.
    alone = right["recall"] == 1 and abs(right["precision"] - right["support"] / total) < ROUNDED
    if alone and not any(other["recall"] for other in others):
        what = "pixels" if record.task == "segmentation" else "pictures"
        reason = f"All {total:,} test {what} are taken for {right['class']}."
        advice = "Look at pictures and labels first (`data`); then measure the learning rate."
        command = measured_rate(record)
        if right["support"] > MOST * total and not _balanced(record):
            reason += f" That is right for {right['support'] / total:.1%} of them, and costs it little."
            advice = "Show the rare classes as often as the common one."
            command = again(record, "data.balance=resample")
        yield Finding("problem", "It gives every picture the same answer.", reason, advice, command)


def weak(record: Record) -> Iterator[Finding]:
    """Find classes that are told clearly worse than the others."""
    table, measure = record.by_class, measure_of(record.by_class)
    if measure is None or len(table) < 2:
        return
    middle = table[measure].median()
    found = table[table[measure] < middle - BELOW].sort_values(measure, kind="stable")
    if not len(found):
        return
    named = [f"{row['class']} ({row[measure]:.2f})" for _, row in found.iterrows()]
    words = f"{MEASURES[measure]} is {middle:.2f} for the middle one of the classes"
    reason = f"{words}, and less for {first_of(named, NAMED)}."
    # Boxes have no weights by class.
    advice = (
        "More pictures of them." if record.task == "detection" else "More pictures of them, or a weight for their loss."
    )
    yield Finding("chance", "Some classes are weak.", reason, advice)


def imbalance(record: Record) -> Iterator[Finding]:
    """Find classes that are much rarer than others; the test part is taken for the whole."""
    table = record.by_class
    if not {"class", "support"} <= set(table) or len(table) < 2:
        return
    order = table[table["class"] != REST].sort_values("support", kind="stable")
    if len(order) < 2:
        return
    rare, common = order.iloc[0], order.iloc[-1]
    if common["support"] >= UNBALANCED * max(rare["support"], 1):
        of = {"segmentation": "pixels ", "detection": "boxes "}.get(record.task, "")
        more, less = (f"{row['support']:,} {of}of {row['class']}" for row in (common, rare))
        advice = "Where rare classes matter as much, show them more often; the mean over all pictures hides them."
        command = "" if _balanced(record) else again(record, "data.balance=resample")
        yield Finding("note", "The classes are not balanced.", f"The test part has {more} and {less}.", advice, command)


def _balanced(record: Record) -> bool:
    return bool(getattr(record.architecture.data, "balance", None))


def few_examples(record: Record) -> Iterator[Finding]:
    """Say how far the test's figures can be trusted, where the part is small."""
    size = record.outcome.get("data", {}).get("parts", {}).get("test", 0)
    value = record.test.get("accuracy")
    if not size or value is None or record.task != "classification":
        return
    low, high = wilson(value, size)
    if high - low > 2 * UNCERTAIN:
        span = f"{low:.1%} or {high:.1%} (95 % interval)"
        reason = f"With {size:,} test pictures an accuracy of {value:.1%} may as well be {span}."
        advice = "Don't choose between networks by less than that; more test pictures, or several seeds, tell more."
        yield Finding("note", "The test part is small.", reason, advice)


def wilson(share: float, count: int) -> tuple[float, float]:
    """Give the 95 % interval of a share of `count` trials (Wilson 1927, doi:10.1080/01621459.1927.10502953)."""
    z = 1.96
    middle = (share + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * (share * (1 - share) / count + z * z / (4 * count * count)) ** 0.5
    return max(0.0, middle - half), min(1.0, middle + half)
