"""What a rule finds."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from cnnkeras.inspection.columns import VALIDATION
from cnnkeras.inspection.page.record import Record
from cnnkeras.spec.rate_change import rate_change
from cnnkeras.spec.schedules import Schedule

Weight = Literal["problem", "chance", "note", "good"]
# What matters most comes first.
ORDER: tuple[Weight, ...] = ("problem", "chance", "note", "good")


@dataclass(frozen=True)
class Finding:
    """One thing that a run shows.

    `title` says it in a sentence, `reason` with which numbers, `advice` what is worth a try, and `command` tries it.
    """

    weight: Weight
    title: str
    reason: str
    advice: str = ""
    command: str = ""


def slower(record: Record, factor: float) -> str:
    """Give the command that trains it with so small a share of its learning rate."""
    return again(record, rate_change(record.architecture, factor))


def further(record: Record, epochs: int) -> str:
    """Give the command that trains it to so many epochs: from where it stands, or anew where a schedule led down."""
    change = f"training.epochs={epochs}"
    if isinstance(record.architecture.training.optimizer.learning_rate, Schedule):
        return again(record, change)
    return f"{record.run.resume_command} {change}"


def again(record: Record, *changes: str) -> str:
    """Give the command that trains the run's own file once more, with changes."""
    words = [str(record.run.architecture), *changes]
    return " ".join(["python run.py", *map(shlex.quote, words)])


def measured_rate(record: Record) -> str:
    """Give the command that looks for its learning rate."""
    return f"python run.py find-rate {shlex.quote(str(record.run.architecture))}"


def from_to(name: str, values: pd.Series) -> str:
    """Say where a figure began and where it ended."""
    return f"The {name} went from {values.iloc[0]:.3g} to {values.iloc[-1]:.3g}."


def words_of(name: str) -> str:
    """Write a column of the history as words."""
    return name.removeprefix(VALIDATION).replace("_", " ")
