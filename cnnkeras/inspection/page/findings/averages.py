"""What a training was too short for: the averages that BatchNormalization answers by."""

from __future__ import annotations

import math
from collections.abc import Iterator

from cnnkeras.inspection.page.findings.finding import Finding, again
from cnnkeras.inspection.page.record import Record
from cnnkeras.layers.normalization import BatchNormalization

# What is left of the averages' beginning, a mean of 0 and a variance of 1: more spoils the answers, less is little.
LAGS, SETTLED = 0.05, 0.01


def lagging_averages(record: Record) -> Iterator[Finding]:
    """Find averages that are still much of what they began with: good losses in training, and poor answers after it.

    A step of a layer leaves `momentum` of what its averages were (Ioffe and Szegedy 2015, arXiv:1502.03167).
    """
    momentum, steps = _momentum(record), _steps(record)
    if not steps or not 0 < momentum < 1 or momentum**steps <= LAGS:
        return
    left, wanted = f"{momentum**steps:.0%}", math.ceil(math.log(SETTLED) / math.log(momentum))
    reason = (
        f"After {steps:,} steps the moving averages that BatchNormalization predicts with still hold {left} of their "
        f"initial values: its momentum is {momentum:g}."
    )
    # Rounded down: a momentum of 1 would never move them.
    smaller = f"{math.floor(1000 * SETTLED ** (1 / steps)) / 1000:g}"
    advice = f"Train longer, {wanted:,} steps at the least, or give BatchNormalization a momentum of {smaller}."
    change = f"training.epochs={math.ceil(wanted / steps * (record.best_epoch or 1))}"
    yield Finding("problem", "BatchNormalization has not settled.", reason, advice, again(record, change))


def _momentum(record: Record) -> float:
    """Give the largest momentum of the layers whose averages follow the pictures; 0 without such a layer."""
    layers = [node.node.layer for node in record.analysis.nodes]
    found = [layer.momentum for layer in layers if isinstance(layer, BatchNormalization) and layer.trainable]
    return max(found, default=0.0)


def _steps(record: Record) -> int:
    """Give how many steps led to the weights that were kept; 0 where the run does not tell."""
    pictures = record.outcome.get("data", {}).get("parts", {}).get("train", 0)
    size = record.architecture.training.batch_size
    # Of pictures that are cut into tiles an epoch has more than the run tells.
    if not record.best_epoch or not isinstance(size, int) or record.architecture.input.resize == "tile":
        return 0
    # Another run's are settled already.
    if record.architecture.training.initial_weights:
        return 0
    return int(record.best_epoch * math.ceil(pictures / size))
