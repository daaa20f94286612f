"""Detection from scratch on BCCD (https://github.com/Shenggan/BCCD_Dataset): ours, KerasCV's, Ultralytics'.

    python -m benchmarks.detection --data data/bccd [--epochs 30] [--seeds 0 1 2] [--only ours stock] [--json FILE]

320×320 pixels, batches of 16, its own lists: 205 pictures to train, all 87 of "val" to measure. Every training is a
process of its own; the contestants take turns. Ultralytics takes part where it is installed.
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine_facts
from benchmarks.processes import ContestantFailed, measure, rotated
from benchmarks.report import print_table, write_json

CONTESTANTS = {
    "ours": "benchmarks.detectors.ours",
    "stock": "benchmarks.detectors.stock",
    "ultralytics": "benchmarks.detectors.ultralytics_yolo",
}
COLUMNS = ("contestant", "precision", "mAP50-95", "mAP50", "images/s", "memory, MiB", "parameters", "of each seed")


def measurements(options: argparse.Namespace, names: Sequence[str]) -> list[dict[str, Any]]:
    """Let every contestant train from every seed, in turns."""
    found = []
    for turn, seed in enumerate(options.seeds):
        for name in rotated(names, turn):
            arguments = ["--data", str(options.data.resolve()), "--epochs", str(options.epochs), "--seed", str(seed)]
            try:
                found.append(measure(CONTESTANTS[name], arguments) | {"contestant": name, "seed": seed})
            except ContestantFailed as failure:
                print(f"{name}, seed {seed}: {failure}")
    return found


def rows(found: Sequence[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Give a row a contestant: the median of its seeds, and every one of them."""
    table = []
    for name in dict.fromkeys(each["contestant"] for each in found):
        own = sorted((each for each in found if each["contestant"] == name), key=lambda each: each["seed"])
        middle = {
            key: statistics.median(each[key] for each in own)
            for key in ("map", "map_50", "images_per_s", "peak_memory_mib")
        }
        each_seed = ", ".join(f"{each['seed']}: {each['map']:.3f} {each['map_50']:.3f}" for each in own)
        table.append(
            (
                name,
                own[0]["precision"],
                f"{middle['map']:.3f}",
                f"{middle['map_50']:.3f}",
                f"{middle['images_per_s']:.1f}",
                f"{middle['peak_memory_mib']:,.0f}",
                f"{own[0]['parameters']:,}",
                each_seed,
            )
        )
    return table


def notes(found: Sequence[dict[str, Any]]) -> list[str]:
    """Say how many times the stock detector's speed ours is, seed by seed, and which counts."""
    speeds = {(each["contestant"], each["seed"]): each["images_per_s"] for each in found}
    ratios = [
        speeds["ours", seed] / speed
        for (name, seed), speed in speeds.items()
        if name == "stock" and ("ours", seed) in speeds
    ]
    if not ratios:
        return []
    shown = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    return [f"ours / stock, images a second: {statistics.median(ratios):.2f} (the median of {shown})"]


def main() -> None:
    """Measure, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", choices=CONTESTANTS, default=list(CONTESTANTS))
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    names = [name for name in options.only if name != "ultralytics" or importlib.util.find_spec("ultralytics")]
    machine, found = machine_facts(), measurements(options, names)
    title = f"BCCD, {options.epochs} epochs from scratch, 320×320, batches of 16: medians of {len(options.seeds)} seeds"
    print_table(title, machine, COLUMNS, rows(found), notes(found))
    if options.json:
        write_json(options.json, "detection", machine, {"measurements": found})


if __name__ == "__main__":
    main()
