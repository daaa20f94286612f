"""From single measurements to medians, and to the ratio against hand-written Keras in the same round."""

from __future__ import annotations

import statistics
from typing import Any

REFERENCES = ("keras", "pytorch")
MEDIANS = ("images_per_s", "images_per_cpu_s", "first_step_s", "whole_s", "peak_memory_mib", "loss")
# What tells how good a network is, by its task.
QUALITIES = ("accuracy", "map_50")
COLUMNS = (
    "network",
    "trained by",
    "precision",
    "images/s",
    "× keras",
    "by processor time",
    "× pytorch",
    "first step, s",
    "whole, s",
    "memory, MiB",
    "accuracy",
    "mAP50",
    "loss",
)
NOTES = (
    'cnnkeras: the architecture\'s JSON file, as `python run.py FILE` trains it; precision and the like are "auto".',
    "keras: hand-written keras.Model.fit on arrays in float32, as Keras's documentation writes it;"
    " keras-dataset: the same on a shuffled, batched and prefetched tf.data.Dataset. For resnet50 it is"
    " keras.applications.ResNet50.",
    "keras for yolov8n: KerasCV's YOLOV8Detector, another network: without distribution focal loss, with other numbers"
    " of channels and parameters. Its loss is KerasCV's, and not to be held against the others'.",
    "pytorch: a hand-written loop, eager, channels last, in float32; pytorch-compiled: the same by torch.compile.",
    "On a GPU resnet50 is computed in bfloat16 by all, and PyTorch's pictures lie in its memory from the start.",
    "images/s: epochs after the first, without validation. × keras, × pytorch: images/s against theirs in the same"
    " round; by processor time: against keras, images in a second that the processor worked for the process, which"
    " tells more where other work shares the machine.",
    "first step and whole: from the start of the process, imports included; whole ends with the test part's labels.",
    "memory: the largest that the process had; that of a GPU is not in it.",
    "accuracy, mAP50 and loss: on the test part after the last epoch; for unet of pixels. All figures are medians over"
    " the rounds.",
)

Measurements = list[dict[str, Any]]


def summarize(measurements: Measurements) -> Measurements:
    """Give one entry a network and contestant, in the order in which they first ran."""
    keys = dict.fromkeys((measured["network"], measured["contestant"]) for measured in measurements)
    return [_summary(measurements, network, contestant) for network, contestant in keys]


def _summary(measurements: Measurements, network: str, contestant: str) -> dict[str, Any]:
    of_network = [measured for measured in measurements if measured["network"] == network]
    own = [measured for measured in of_network if measured["contestant"] == contestant]
    return {
        "network": network,
        "contestant": contestant,
        "precision": own[0]["precision"],
        "rounds": len(own),
        **{
            name: statistics.median(measured[name] for measured in own)
            for name in (*MEDIANS, *QUALITIES)
            if name in own[0]
        },
        "ratio": ratio(own, of_network, REFERENCES[0], "images_per_s"),
        "processor_ratio": ratio(own, of_network, REFERENCES[0], "images_per_cpu_s"),
        "pytorch_ratio": ratio(own, of_network, REFERENCES[1], "images_per_s"),
    }


def ratio(own: Measurements, all_of_network: Measurements, reference: str, figure: str) -> float | None:
    """Give the median over the rounds of a speed against the reference's in the same round, None without it."""
    of_round = {each["round"]: each[figure] for each in all_of_network if each["contestant"] == reference}
    ratios = [each[figure] / of_round[each["round"]] for each in own if each["round"] in of_round]
    return statistics.median(ratios) if ratios else None


def rows(summary: Measurements) -> list[list[str]]:
    """Give the table's cells."""
    return [
        [
            entry["network"],
            entry["contestant"],
            entry["precision"],
            _speed(entry["images_per_s"]),
            *(_times(entry[name]) for name in ("ratio", "processor_ratio", "pytorch_ratio")),
            f"{entry['first_step_s']:.1f}",
            f"{entry['whole_s']:.1f}",
            f"{entry['peak_memory_mib']:,.0f}",
            *(f"{entry[name]:.3f}" if name in entry else "" for name in QUALITIES),
            f"{entry['loss']:.3f}",
        ]
        for entry in summary
    ]


def _speed(images_per_s: float) -> str:
    return f"{images_per_s:,.0f}" if images_per_s >= 100 else f"{images_per_s:.1f}"


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"
