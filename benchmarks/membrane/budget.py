"""How many epochs fit into so many minutes, at a contestant's own pace."""

from __future__ import annotations

import statistics
from typing import Any

# The first epoch traces and fills caches; the second tells the pace.
TRIAL_EPOCHS = 2


def epochs_within(minutes: float, trial: dict[str, Any], cores: int) -> int:
    """Give the number of epochs, at least 1, whose training steps take so many minutes of all cores.

    The processor's time counts, shared among the cores: on a machine that does other work beside, the clock on the
    wall would give each contestant what the others had left. `trial` is the answer to a job of a few epochs.
    """
    first, *others = trial["epoch_cpu_s"]
    pace = statistics.median(others or [first])
    return max(1, 1 + int((60 * minutes * cores - first) / pace))
