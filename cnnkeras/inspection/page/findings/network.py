"""What the architecture itself tells: the lints, and how much of the picture the output sees."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.inspection.page.findings.finding import Finding
from cnnkeras.inspection.page.record import Record
from cnnkeras.layers.base import show


def lints(record: Record) -> Iterator[Finding]:
    """Repeat what `check` warns of."""
    for diagnostic in record.analysis.diagnostics:
        title = f"check warns: {diagnostic.code.replace('-', ' ')}."
        yield Finding("note", title, f"{diagnostic.message}.", f"{diagnostic.hint}." if diagnostic.hint else "")


def small_field(record: Record) -> Iterator[Finding]:
    """Find outputs for every place that see little of the picture around it: things larger than that are guessed."""
    field, picture = record.analysis.totals.receptive_field, record.architecture.input.shape
    task = record.architecture.task
    if field is None or task is None or task.sees_whole or None in picture[:2]:
        return
    sides = [seen / (whole or 1) for seen, whole in zip(field.size, picture[:2], strict=True)]
    if min(sides) < 0.5:
        reason = f"An output sees {show(field.size)} of the {show(picture[:2])} picture."
        advice = "Where things are larger than that, add a level of pooling, strides, or dilation."
        yield Finding("note", "Each output sees a small part of the picture.", reason, advice)
