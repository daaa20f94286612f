"""Another learning rate, as a change on the command line."""

from __future__ import annotations

import json

from cnnkeras.spec.architecture import Architecture


def rate_change(architecture: Architecture, factor: float) -> str | None:
    """Give the change that multiplies the learning rate; None where it is a schedule, and no number.

    Where the file names the optimizer by a word, or not at all, there is nothing in it to change: it is given whole.
    """
    optimizer = architecture.training.optimizer
    if not isinstance(optimizer.learning_rate, int | float):
        return None
    rate = float(f"{optimizer.learning_rate * factor:.2g}")
    if isinstance(architecture.resolved.get("training", {}).get("optimizer"), dict):
        return f"training.optimizer.learning_rate={rate:g}"
    return f"training.optimizer={json.dumps({'type': optimizer.type, 'learning_rate': rate})}"
