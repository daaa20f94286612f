"""The learning rate: where in the file it stands, and another one as a change on the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.document import Path
from cnnkeras.spec.schedules import PiecewiseConstantDecay, Schedule

_RATE = ("training", "optimizer", "learning_rate")
# What is a rate in a schedule.
_RATES = ("initial_learning_rate", "warmup_target", "end_learning_rate", "values")


def rate_place(architecture: Architecture) -> Path:
    """Give the path to the number in the file that is the learning rate, of a schedule the one that it comes from."""
    rate = architecture.training.optimizer.learning_rate
    if isinstance(rate, PiecewiseConstantDecay):
        return (*_RATE, "values", 0)
    if isinstance(rate, Schedule):
        return (*_RATE, "warmup_target" if getattr(rate, "warmup_target", None) else "initial_learning_rate")
    return _RATE


def rate_change(architecture: Architecture, factor: float) -> str:
    """Give the change that multiplies the learning rate, of a schedule all of its rates.

    Where the file names the optimizer by a word, or not at all, there is nothing in it to change: it is given whole.
    """
    optimizer = architecture.training.optimizer
    rate = optimizer.learning_rate
    if isinstance(rate, Schedule):
        return _of_schedule(architecture.resolved["training"]["optimizer"]["learning_rate"], factor)
    if isinstance(architecture.resolved.get("training", {}).get("optimizer"), dict):
        return f"{'.'.join(_RATE)}={_times(rate, factor):g}"
    return f"training.optimizer={json.dumps({'type': optimizer.type, 'learning_rate': _times(rate, factor)})}"


def _of_schedule(written: Mapping[str, Any], factor: float) -> str:
    """Multiply every rate in a schedule, so that none rises to one that stayed; a single one is named alone."""
    scaled = {name: _scaled(written[name], factor) for name in _RATES if written.get(name)}
    if len(scaled) == 1:
        ((name, value),) = scaled.items()
        return f"{'.'.join(_RATE)}.{name}={value}"
    whole = ", ".join(f"{json.dumps(name)}: {scaled.get(name) or json.dumps(written[name])}" for name in written)
    return f"{'.'.join(_RATE)}={{{whole}}}"


def _scaled(value: Any, factor: float) -> str:
    """Give a rate, or an array of them, as JSON."""
    if isinstance(value, int | float):
        return f"{_times(value, factor):g}"
    return f"[{','.join(_scaled(each, factor) for each in value)}]"


def _times(rate: float, factor: float) -> float:
    return float(f"{rate * factor:.2g}")
