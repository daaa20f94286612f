"""A U-Net through JSON against the same U-Net hand-written in Keras, on the membranes of the ISBI 2012 challenge.

python -m benchmarks.segmentation --data FOLDER [--epochs N] [--rounds N] [--contestants NAME …] [--json FILE]

FOLDER holds `image/0.png` … `29.png` and `label/`, 512×512. 24 are to train (three of them choose the epoch that is
kept) and 6 to test, always the same. Everybody trains for as many steps of 4 crops of 256×256, and is measured on the
6 whole pictures. A round runs each contestant once, each in a process of its own, in an order that rotates.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine_facts
from benchmarks.membrane.job import BAND
from benchmarks.processes import ContestantFailed, measure, rotated
from benchmarks.report import print_table, write_json

CONTESTANTS = {
    "cnnkeras": ("benchmarks.membrane.ours", "--padding", "reflect"),
    "cnnkeras, zeros": ("benchmarks.membrane.ours", "--padding", "same"),
    "keras": ("benchmarks.membrane.by_hand",),
}
REFERENCE = "keras"
MEDIANS = ("images_per_s", "peak_memory_mib", "trained_s", "trained_cpu_s", "iou", "band_iou", "inner_iou")
COLUMNS = (
    "network", "trained by", "precision", "crops/s", "× keras", "training, s", "of processor", "memory, MiB",
    "membrane IoU", "in the border band", "inside",
)  # fmt: skip
NOTES = (
    "cnnkeras: architectures/unet_membrane.json as `python run.py` trains it, every border mirrored (reflect);"
    " zeros: the same file with zeros at every border.",
    "keras: the same layers by hand, zeros at the border, random crops and turns by tf.data; whole pictures at once.",
    "IoU: intersection over union of the membranes (the mask's 0), over all pixels of the 6 test pictures together."
    f" The border band is {BAND} pixels wide.",
    "crops/s: epochs after the first, without validation. × keras: against keras in the same round. memory: the peak"
    " of the training. Figures are medians over the rounds.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    asked = read_arguments(arguments)
    machine = machine_facts()
    try:
        measurements = [
            train(name, asked, number) for number in range(asked.rounds) for name in rotated(asked.contestants, number)
        ]
        check(measurements)
    except ContestantFailed as error:
        print(error, file=sys.stderr)
        return 1
    summary = summarize(measurements)
    if asked.json:
        write_json(asked.json, "segmentation", machine, {"summary": summary, "measurements": measurements})
    print_table("Segmentation", machine, COLUMNS, rows(summary), NOTES)
    return 0


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="where image/ and label/ are")
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument("--rounds", type=int, default=1, help="how often each contestant trains (default: 1)")
    parser.add_argument("--epochs", type=int, default=100, help="of each training (default: the file's, 100)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    return parser.parse_args(arguments)


def train(name: str, asked: argparse.Namespace, number: int) -> dict[str, Any]:
    """Run one contestant once; every round begins from other weights."""
    module, *own = CONTESTANTS[name]
    job = ["--data", str(asked.data.absolute()), "--epochs", str(asked.epochs), "--seed", str(number)]
    measured = measure(module, [*job, *own])
    said = f"{measured['images_per_s']:.1f} crops/s, IoU {measured['iou']:.4f}"
    print(f"round {number + 1}, {name}: {said}", file=sys.stderr)
    return {"contestant": name, "round": number, **measured}


def check(measurements: Sequence[dict[str, Any]]) -> None:
    """Raise ContestantFailed where the networks are not the same."""
    sizes = {measured["contestant"]: measured["parameters"] for measured in measurements}
    if len(set(sizes.values())) > 1:
        raise ContestantFailed(f"the networks differ in their number of parameters: {sizes}")


def summarize(measurements: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give one entry a contestant, in the order in which they first ran."""
    reference = {each["round"]: each["images_per_s"] for each in measurements if each["contestant"] == REFERENCE}
    entries = []
    for name in dict.fromkeys(each["contestant"] for each in measurements):
        own = [each for each in measurements if each["contestant"] == name]
        ratios = [each["images_per_s"] / reference[each["round"]] for each in own if each["round"] in reference]
        medians = {figure: statistics.median(each[figure] for each in own) for figure in MEDIANS}
        ratio = statistics.median(ratios) if ratios else None
        entries.append({"contestant": name, "precision": own[0]["precision"], **medians, "ratio": ratio})
    return entries


def rows(summary: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Give the table's cells."""
    return [
        [
            "unet_membrane",
            entry["contestant"],
            entry["precision"],
            f"{entry['images_per_s']:.1f}",
            f"{entry['ratio']:.2f}" if entry["ratio"] is not None else "",
            f"{entry['trained_s']:,.0f}",
            f"{entry['trained_cpu_s']:,.0f}",
            f"{entry['peak_memory_mib']:,.0f}",
            *(f"{entry[figure]:.4f}" for figure in ("iou", "band_iou", "inner_iou")),
        ]
        for entry in summary
    ]


if __name__ == "__main__":
    sys.exit(main())
