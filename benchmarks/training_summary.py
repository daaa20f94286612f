"""From single measurements to medians, and to the ratio against hand-written Keras in the same round."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

REFERENCE = "keras"
MEDIANS = ("images_per_s", "first_step_s", "whole_s", "peak_memory_mib", "accuracy", "loss")
COLUMNS = (
    "network",
    "trained by",
    "precision",
    "images/s",
    "× keras",
    "first step, s",
    "whole, s",
    "memory, MiB",
    "accuracy",
    "loss",
)
NOTES = (
    'cnnkeras: the architecture\'s JSON file, as `python run.py FILE` trains it; precision and the like are "auto".',
    "keras: hand-written keras.Model.fit on arrays in float32, as Keras's documentation writes it;"
    " keras-dataset: the same on a shuffled, batched and prefetched tf.data.Dataset.",
    "pytorch: a hand-written loop, eager, channels last, in float32.",
    "images/s: epochs after the first, without validation. × keras: images/s against keras in the same round.",
    "first step and whole: from the start of the process, imports included; whole ends with the test part's labels.",
    "accuracy and loss: on the test part after the last epoch. All figures are medians over the rounds.",
)

Measurements = list[dict[str, Any]]


def summarize(measurements: Measurements) -> Measurements:
    """Give one entry a network and contestant, in the order in which they first ran."""
    keys = dict.fromkeys((measured["network"], measured["contestant"]) for measured in measurements)
    return [_summary(measurements, network, contestant) for network, contestant in keys]


def _summary(measurements: Measurements, network: str, contestant: str) -> dict[str, Any]:
    of_network = [measured for measured in measurements if measured["network"] == network]
    own = [measured for measured in of_network if measured["contestant"] == contestant]
    reference = {measured["round"]: measured for measured in of_network if measured["contestant"] == REFERENCE}
    ratios = [
        measured["images_per_s"] / reference[measured["round"]]["images_per_s"]
        for measured in own
        if measured["round"] in reference
    ]
    return {
        "network": network,
        "contestant": contestant,
        "precision": own[0]["precision"],
        "rounds": len(own),
        **{name: statistics.median(measured[name] for measured in own) for name in MEDIANS},
        "ratio": statistics.median(ratios) if ratios else None,
        "ratios": ratios,
    }


def rows(summary: Measurements) -> Sequence[Sequence[str]]:
    """Give the table's cells."""
    return [
        [
            entry["network"],
            entry["contestant"],
            entry["precision"],
            f"{entry['images_per_s']:,.0f}",
            f"{entry['ratio']:.2f}" if entry["ratio"] is not None else "",
            f"{entry['first_step_s']:.1f}",
            f"{entry['whole_s']:.1f}",
            f"{entry['peak_memory_mib']:,.0f}",
            f"{entry['accuracy']:.3f}",
            f"{entry['loss']:.3f}",
        ]
        for entry in summary
    ]
