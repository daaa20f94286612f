"""Detection from scratch on BCCD (https://github.com/Shenggan/BCCD_Dataset): ours, KerasCV's, Ultralytics'.

python -m benchmarks.detection --data data/bccd [--epochs N] [--seeds N …] [--contestants NAME …] [--json FILE]

320×320 pixels, batches of 16, its own lists: 205 pictures to train, all 87 of "val" to measure. Every training is a
process of its own; the contestants take turns, in an order that rotates. Ultralytics takes part where it is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.comparison import Comparison
from benchmarks.machine import machine_facts
from benchmarks.processes import ContestantFailed, measure, rotated

CONTESTANTS = {
    "cnnkeras": "benchmarks.detectors.ours",
    "keras-cv": "benchmarks.detectors.stock",
    "ultralytics": "benchmarks.detectors.ultralytics_yolo",
}
REFERENCE = "keras-cv"
SPEED = "images_per_s"
MEDIANS = ("map", "map_50", SPEED, "images_per_cpu_s", "peak_memory_mib")
COLUMNS = (
    "network", "trained by", "precision", "parameters", "mAP50-95", "mAP50", "images/s", "× keras-cv",
    "images/processor s", "× keras-cv", "memory, MiB", "each seed: mAP50-95 mAP50",
)  # fmt: skip
NOTES = (
    "cnnkeras: architectures/yolov8n_bccd.json as `python run.py` trains it, with its augmentation; the best epoch.",
    "keras-cv: YOLOV8Detector with the backbone of its yolo_v8_xs, Adam 0.002, without augmentation, the last epoch.",
    "images/s: the median of all epochs but the first, without validation; × keras-cv: with the same seed. A processor"
    " second is one of one core: what else the machine does is not in it.",
    "All figures are medians over the seeds.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    asked, machine = read_arguments(arguments), machine_facts()
    title = f"Detection, {asked.epochs} epochs"
    return Comparison(title, COLUMNS, NOTES, summarize, rows).run(run_rounds(asked), machine, asked.json)


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER", help="where JPEGImages/ is")
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    return parser.parse_args(arguments)


def run_rounds(asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Let every contestant train from every seed, in turns; one that fails is named and left out."""
    names = [name for name in asked.contestants if name != "ultralytics" or importlib.util.find_spec(name)]
    for turn, seed in enumerate(asked.seeds):
        for name in rotated(names, turn):
            job = ["--data", str(asked.data.absolute()), "--epochs", str(asked.epochs), "--seed", str(seed)]
            try:
                measured = measure(CONTESTANTS[name], job)
            except ContestantFailed as failure:
                print(f"{name}, seed {seed}: {failure}", file=sys.stderr, flush=True)
                continue
            said = f"mAP50-95 {measured['map']:.3f}, mAP50 {measured['map_50']:.3f}, {measured[SPEED]:.1f} images/s"
            print(f"seed {seed}, {name}: {said}", file=sys.stderr, flush=True)
            yield {"contestant": name, "seed": seed, **measured}


def summarize(measurements: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give one entry a contestant, in the order in which they first ran: the medians, and every seed."""
    entries = []
    for name in dict.fromkeys(each["contestant"] for each in measurements):
        own = sorted((each for each in measurements if each["contestant"] == name), key=lambda each: each["seed"])
        entries.append(
            {
                "contestant": name,
                "precision": own[0]["precision"],
                "parameters": own[0]["parameters"],
                **{figure: statistics.median(each[figure] for each in own) for figure in MEDIANS},
                **{f"{figure}_ratio": _ratio(own, measurements, figure) for figure in (SPEED, "images_per_cpu_s")},
                "seeds": [{key: each[key] for key in ("seed", "map", "map_50")} for each in own],
            }
        )
    return entries


def _ratio(own: Sequence[dict[str, Any]], measurements: Sequence[dict[str, Any]], figure: str) -> float | None:
    """Give how many times the reference's figure it is, seed by seed, the median; None without a common seed."""
    reference = {each["seed"]: each[figure] for each in measurements if each["contestant"] == REFERENCE}
    ratios = [each[figure] / reference[each["seed"]] for each in own if each["seed"] in reference]
    return statistics.median(ratios) if ratios else None


def rows(summary: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Give the table's cells."""
    return [
        [
            "yolov8n",
            entry["contestant"],
            entry["precision"],
            f"{entry['parameters']:,}",
            f"{entry['map']:.3f}",
            f"{entry['map_50']:.3f}",
            f"{entry[SPEED]:.1f}",
            _times(entry[f"{SPEED}_ratio"]),
            f"{entry['images_per_cpu_s']:.1f}",
            _times(entry["images_per_cpu_s_ratio"]),
            f"{entry['peak_memory_mib']:,.0f}",
            "\n".join(f"{seed['seed']}: {seed['map']:.3f} {seed['map_50']:.3f}" for seed in entry["seeds"]),
        ]
        for entry in summary
    ]


def _times(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


if __name__ == "__main__":
    sys.exit(main())
