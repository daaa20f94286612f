"""A U-Net through JSON against the same U-Net hand-written in Keras, on the membranes of the ISBI 2012 challenge.

python -m benchmarks.segmentation --data FOLDER [--minutes N | --epochs N] [--rounds N] [--contestants NAME …]
    [--json FILE]

FOLDER holds `image/0.png` … `29.png` and `label/`, 512×512. 24 are to train (three of them choose the epoch that is
kept) and 6 to test, always the same. Everybody trains in steps of 4 crops of 256×256: for as many minutes, which are as
many epochs as fit into them at the contestant's own pace (a short trial before the first round tells it), or for as
many epochs. Its learning rate falls over all of them. It is measured on the 6 whole pictures. A round runs each
contestant once, each in a process of its own, in an order that rotates.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.comparison import Comparison
from benchmarks.machine import machine_facts
from benchmarks.membrane.budget import TRIAL_EPOCHS, epochs_within
from benchmarks.membrane.job import BAND, CROPS
from benchmarks.processes import ContestantFailed, measure, rotated

CONTESTANTS = {
    "cnnkeras": ("benchmarks.membrane.ours", "--padding", "same"),
    "cnnkeras, reflect": ("benchmarks.membrane.ours", "--padding", "reflect"),
    "keras": ("benchmarks.membrane.by_hand",),
}
REFERENCE = "keras"
SPEED = "images_per_cpu_s"
MEDIANS = ("epochs", SPEED, "images_per_s", "peak_memory_mib", "trained_s", "minutes", "iou", "band_iou", "inner_iou")
COLUMNS = (
    "network", "trained by", "precision", "epochs", "crops", "minutes", "on the wall", "crops/s",
    "by processor time", "× keras",
    "memory, MiB", "membrane IoU", "of each round", "in the border band", "inside",
)  # fmt: skip
NOTES = (
    "cnnkeras: architectures/unet_membrane.json as `python run.py` trains it, zeros at every border; reflect:"
    " the same file with every border mirrored.",
    "keras: the same layers, optimizer, schedule, weights of the classes, crops, flips and contrast as one writes them"
    " with Keras and tf.data: float32, zeros at the border, whole pictures at once.",
    "minutes: the processor's time for the training steps, shared among the cores; what else the machine does is not"
    " in it. Validation and the start are in neither time.",
    "IoU: intersection over union of the membranes (the mask's 0), over all pixels of the 6 test pictures together."
    f" The border band is {BAND} pixels wide.",
    "crops/s: epochs after the first, without validation; by processor time: in a second that the processor worked for"
    " the process. × keras: that against keras in the same round. memory: the peak of the training. Figures are medians"
    " over the rounds.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    asked, machine = read_arguments(arguments), machine_facts()
    comparison = Comparison("Segmentation", COLUMNS, NOTES, summarize, rows)
    return comparison.run(run_rounds(asked, machine["cores"]), machine, asked.json)


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="where image/ and label/ are")
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument("--rounds", type=int, default=1, help="how often each contestant trains (default: 1)")
    budget = parser.add_mutually_exclusive_group()
    budget.add_argument("--minutes", type=float, default=15, help="of all cores, for each training (default: 15)")
    budget.add_argument("--epochs", type=int, help="of each training, whatever time they take")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    return parser.parse_args(arguments)


def run_rounds(asked: argparse.Namespace, cores: int) -> Iterator[dict[str, Any]]:
    """Let the contestants take turns. Raises ContestantFailed, also where the networks are not the same."""
    measurements: list[dict[str, Any]] = []
    epochs: dict[str, int] = {}
    for number in range(asked.rounds):
        for name in rotated(asked.contestants, number):
            if name not in epochs:
                epochs[name] = asked.epochs or epochs_within(asked.minutes, attempt(name, asked, TRIAL_EPOCHS), cores)
            measurements.append(train(name, asked, epochs[name], number, cores))
            check(measurements)
            yield measurements[-1]


def train(name: str, asked: argparse.Namespace, epochs: int, number: int, cores: int) -> dict[str, Any]:
    """Run one contestant once; every round begins from other weights."""
    measured = attempt(name, asked, epochs, number)
    minutes = measured["trained_cpu_s"] / cores / 60
    said = f"{epochs} epochs in {minutes:.1f} minutes, IoU {measured['iou']:.4f}, border {measured['band_iou']:.4f}"
    print(f"round {number + 1}, {name}: {said}", file=sys.stderr, flush=True)
    return {"contestant": name, "round": number, "epochs": epochs, "minutes": minutes, **measured}


def attempt(name: str, asked: argparse.Namespace, epochs: int, seed: int = 0) -> dict[str, Any]:
    """Let a contestant train for so many epochs; give what it measured."""
    module, *own = CONTESTANTS[name]
    return measure(module, [*own, "--data", str(asked.data.absolute()), "--seed", str(seed), "--epochs", str(epochs)])


def check(measurements: Sequence[dict[str, Any]]) -> None:
    """Raise ContestantFailed where the networks are not the same."""
    sizes = {measured["contestant"]: measured["parameters"] for measured in measurements}
    if len(set(sizes.values())) > 1:
        raise ContestantFailed(f"the networks differ in their number of parameters: {sizes}")


def summarize(measurements: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give one entry a contestant, in the order in which they first ran."""
    reference = {each["round"]: each[SPEED] for each in measurements if each["contestant"] == REFERENCE}
    entries = []
    for name in dict.fromkeys(each["contestant"] for each in measurements):
        own = [each for each in measurements if each["contestant"] == name]
        ratios = [each[SPEED] / reference[each["round"]] for each in own if each["round"] in reference]
        medians = {figure: statistics.median(each[figure] for each in own) for figure in MEDIANS}
        ratio = statistics.median(ratios) if ratios else None
        fixed = {"contestant": name, "precision": own[0]["precision"], "rounds_iou": [each["iou"] for each in own]}
        entries.append({**fixed, **medians, "ratio": ratio})
    return entries


def rows(summary: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Give the table's cells."""
    return [
        [
            "unet_membrane",
            entry["contestant"],
            entry["precision"],
            f"{entry['epochs']:g}",
            f"{entry['epochs'] * CROPS:,.0f}",
            f"{entry['minutes']:.1f}",
            f"{entry['trained_s'] / 60:.1f}",
            f"{entry['images_per_s']:.1f}",
            f"{entry[SPEED]:.1f}",
            f"{entry['ratio']:.2f}" if entry["ratio"] is not None else "",
            f"{entry['peak_memory_mib']:,.0f}",
            f"{entry['iou']:.4f}",
            " ".join(f"{iou:.3f}" for iou in entry["rounds_iou"]),
            *(f"{entry[figure]:.4f}" for figure in ("band_iou", "inner_iou")),
        ]
        for entry in summary
    ]


if __name__ == "__main__":
    sys.exit(main())
