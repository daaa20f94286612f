"""From single measurements to medians, and to the ratios against Keras and PyTorch in the same round."""

from __future__ import annotations

import statistics
from typing import Any, Literal, NamedTuple

SPEED = "images_per_s"
MEDIANS = (SPEED, "images_per_cpu_s", "first_step_s", "whole_s", "peak_memory_mib", "loss")


class Ratio(NamedTuple):
    """A column: a speed against a rival as documented, its fastest, or its fastest in the same precision."""

    name: str
    column: str
    rival: Literal["keras", "pytorch"]
    among: Literal["documented", "all", "alike"]
    figure: str = SPEED


RATIOS = (
    Ratio("ratio", "× keras", "keras", "documented"),
    Ratio("processor_ratio", "by processor time", "keras", "documented", "images_per_cpu_s"),
    Ratio("best_keras_ratio", "× best keras", "keras", "all"),
    Ratio("alike_keras_ratio", "× keras alike", "keras", "alike"),
    Ratio("pytorch_ratio", "× pytorch", "pytorch", "documented"),
    Ratio("best_pytorch_ratio", "× best pytorch", "pytorch", "all"),
    Ratio("alike_pytorch_ratio", "× pytorch alike", "pytorch", "alike"),
)
# What tells how good a network is, by its task.
QUALITIES = ("accuracy", "map_50")
COLUMNS = (
    "network",
    "trained by",
    "precision",
    "images/s",
    *(ratio.column for ratio in RATIOS),
    "first step, s",
    "whole, s",
    "memory, MiB",
    "accuracy",
    "mAP50",
    "loss",
)
NOTES = (
    'cnnkeras: the architecture\'s JSON file, as `python run.py FILE` trains it; precision and the like are "auto".',
    "keras: hand-written keras.Model.fit on arrays in float32, as Keras's documentation writes it, compiled by default:"
    " Keras 3.15 then uses XLA on a GPU and not on a processor. keras-dataset: the same on a shuffled, batched and"
    " prefetched tf.data.Dataset; keras-no-xla: with jit_compile=False; keras-bfloat16: under mixed_bfloat16;"
    " keras-onednn: with TF_ENABLE_ONEDNN_OPTS=1, on processors for which TensorFlow leaves oneDNN's kernels out"
    " by itself. For resnet50 it is keras.applications.ResNet50.",
    "keras for yolov8n: KerasCV's YOLOV8Detector, another network: without distribution focal loss, with other numbers"
    " of channels and parameters. Its loss is KerasCV's, and not to be held against the others'; it can't train in"
    " mixed_bfloat16.",
    "pytorch: a hand-written loop, eager, channels last, in float32; pytorch-compiled: the same by torch.compile;"
    " pytorch-bfloat16: eager, under torch.autocast in bfloat16.",
    "On a GPU resnet50 is computed in bfloat16 by all, and PyTorch's pictures lie in its memory from the start.",
    "images/s: epochs after the first, without validation. × keras, × pytorch: images/s against the contestant of this"
    " name in the same round; × best: against the fastest of theirs; × alike: against the fastest of theirs in the same"
    " precision. By processor time: against keras, images in a second that the processor worked for the process, which"
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
        **{ratio.name: middle(own, _rivals(ratio, own, of_network), ratio.figure) for ratio in RATIOS},
    }


def _rivals(ratio: Ratio, own: Measurements, of_network: Measurements) -> Measurements:
    """Give the measurements that a speed is held against."""
    if ratio.among == "documented":
        return [each for each in of_network if each["contestant"] == ratio.rival]
    theirs = [each for each in of_network if each["contestant"].split("-")[0] == ratio.rival]
    return [each for each in theirs if ratio.among == "all" or _numbers(each) == _numbers(own[0])]


def _numbers(measured: dict[str, Any]) -> str:
    """Give the type of a training's products: what Keras calls mixed_bfloat16 is PyTorch's autocast in bfloat16."""
    return str(measured["precision"]).removeprefix("mixed_")


def middle(own: Measurements, rivals: Measurements, figure: str) -> float | None:
    """Give the median over the rounds of a speed against the rivals' highest in the same round, None without one.

    Against their highest of all rounds, a machine that was busy in one would decide who is faster.
    """
    best: dict[int, float] = {}
    for each in rivals:
        best[each["round"]] = max(each[figure], best.get(each["round"], 0.0))
    times = [each[figure] / best[each["round"]] for each in own if each["round"] in best]
    return statistics.median(times) if times else None


def rows(summary: Measurements) -> list[list[str]]:
    """Give the table's cells."""
    return [
        [
            entry["network"],
            entry["contestant"],
            entry["precision"],
            _speed(entry[SPEED]),
            *(_times(entry[ratio.name]) for ratio in RATIOS),
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
