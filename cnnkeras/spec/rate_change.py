"""The learning rate: where in the file it stands, and another one as a change on the command line."""

from __future__ import annotations

import json

from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.document import Path
from cnnkeras.spec.schedules import PiecewiseConstantDecay, Schedule

_RATE = ("training", "optimizer", "learning_rate")


def rate_place(architecture: Architecture) -> Path:
    """Give the path to the number in the file that is the learning rate, of a schedule the one that it comes from."""
    rate = architecture.training.optimizer.learning_rate
    if isinstance(rate, PiecewiseConstantDecay):
        return (*_RATE, "values", 0)
    if isinstance(rate, Schedule):
        return (*_RATE, "warmup_target" if getattr(rate, "warmup_target", None) else "initial_learning_rate")
    return _RATE


def rate_change(architecture: Architecture, factor: float) -> str:
    """Give the change that multiplies the learning rate, of a schedule the number that it comes from.

    Where the file names the optimizer by a word, or not at all, there is nothing in it to change: it is given whole.
    """
    optimizer = architecture.training.optimizer
    rate = optimizer.learning_rate
    if isinstance(rate, PiecewiseConstantDecay):
        values = json.dumps([_times(value, factor) for value in rate.values], separators=(",", ":"))
        return f"{'.'.join(_RATE)}.values={values}"
    if isinstance(rate, Schedule):
        name = str(rate_place(architecture)[-1])
        return f"{'.'.join(_RATE)}.{name}={_times(getattr(rate, name), factor):g}"
    if isinstance(architecture.resolved.get("training", {}).get("optimizer"), dict):
        return f"{'.'.join(_RATE)}={_times(rate, factor):g}"
    return f"training.optimizer={json.dumps({'type': optimizer.type, 'learning_rate': _times(rate, factor)})}"


def _times(rate: float, factor: float) -> float:
    return float(f"{rate * factor:.2g}")
