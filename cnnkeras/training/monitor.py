"""Which figure decides which epoch is the best one, and which of its ends is good."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.checks import history_columns
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.remaining import is_loss
from cnnkeras.training.state import Best

_VALIDATION = "val_"


class Monitor(NamedTuple):
    """A column of history.csv, and whether its largest or its smallest value is the best."""

    column: str
    mode: Literal["min", "max"]

    def improves(self, epoch: Best, before: Best | None) -> bool:
        """Tell whether an epoch is better than the best before; of two equal ones the smaller loss decides."""
        # Nothing was measured, or of a network that is lost.
        if math.isnan(epoch.value) or not math.isfinite(epoch.loss):
            return False
        if before is None or epoch.value == before.value:
            return before is None or epoch.loss < before.loss
        return (epoch.value > before.value) == (self.mode == "max")


def choose_monitor(architecture: Architecture, task: TrainableTask) -> Monitor:
    """Give the file's monitor, else the task's."""
    columns = history_columns(task, architecture)
    column = architecture.training.monitor or task.default_monitor
    if column not in columns:  # the task's, where the file has other metrics
        column = "val_loss"
    return Monitor(column, direction(architecture, column))


def direction(architecture: Architecture, column: str) -> Literal["min", "max"]:
    """Tell which end of a column's scale is the good one. The metrics that tasks measure by default are all upward."""
    name = column.removeprefix(_VALIDATION)
    if is_loss(name):
        return "min"
    named = [metric.better for metric in architecture.training.metrics or () if metric.column == name]
    return named[0] if named else "max"
