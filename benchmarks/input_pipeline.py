"""How fast a folder of pictures comes to the network, and how much memory that takes.

    python -m benchmarks.input_pipeline [--photos 2000] [--small 50000] [--json FILE]

Three tables: JPEG photographs taken as batches, in the first epoch and in later ones; many small pictures feeding the
same `fit`; and a data set ten times as large as the memory it may take. Each contestant is a process of its own.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from benchmarks.contestants.feeders import CLASSES
from benchmarks.machine import machine_facts
from benchmarks.processes import measure, rotated
from benchmarks.report import print_table, write_json

PHOTO, PHOTO_SIDE, SMALL = (320, 240), 96, 32
EPOCHS = 3
BUDGET_SHARE = 10
MEBIBYTE = 2**20
COLUMNS = ("data", "way", "first epoch, images/s", "later epochs, images/s", "later × Keras", "memory, MiB")
NOTES = (
    "keras: image_dataset_from_directory, prefetched; torch: DataLoader, Pillow, a worker a core (its workers' memory "
    "is not counted). All decode the same files to the same size and shuffle; the first epoch holds what is prepared.",
    "memory: what the process took more than before the data, without the pages of files, which the system takes back.",
)


def main() -> None:
    """Make the folders, run the contestants one after the other, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--small", type=int, default=50_000)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    machine = machine_facts()
    with tempfile.TemporaryDirectory() as place:
        photos, small = Path(place, "photos"), Path(place, "small")
        write_pictures(photos, asked.photos, PHOTO)
        write_pictures(small, asked.small, (SMALL, SMALL))
        jobs = {
            "JPEG photographs as batches": (photos, PHOTO_SIDE, ("cnnkeras", "keras", "torch"), []),
            "small pictures, the same fit": (small, SMALL, ("cnnkeras", "keras"), ["--fit"]),
        }
        results = {name: run(*job) for name, job in jobs.items()}
        budget = max(1, asked.photos * PHOTO_SIDE**2 * 3 // BUDGET_SHARE // MEBIBYTE)
        results[f"photographs, {budget} MiB may be taken"] = run(
            photos, PHOTO_SIDE, ("cnnkeras",), ["--cache", str(budget)]
        )
    rows = [row for name, result in results.items() for row in rows_of(name, result)]
    print_table("From a folder to the network", machine, COLUMNS, rows, NOTES)
    if asked.json:
        write_json(asked.json, "input_pipeline", machine, {"results": results})


def write_pictures(folder: Path, count: int, size: tuple[int, int]) -> None:
    """Write JPEG pictures of smooth noise, as photographs have it, into a folder a class."""
    random = np.random.default_rng(0)
    for number in range(count):
        place = folder / f"class{number % CLASSES}"
        place.mkdir(parents=True, exist_ok=True)
        coarse = Image.fromarray(random.integers(0, 256, (size[1] // 8 + 1, size[0] // 8 + 1, 3), np.uint8))
        coarse.resize(size, Image.Resampling.BILINEAR).save(place / f"{number:06}.jpg", quality=90)


def run(folder: Path, side: int, ways: tuple[str, ...], options: list[str]) -> dict[str, dict[str, Any]]:
    """Run every way once."""
    fields = [str(folder), "--side", str(side), "--epochs", str(EPOCHS), *options]
    return {way: measure("benchmarks.contestants.feeders", [way, *fields]) for way in rotated(ways, 0)}


def rows_of(name: str, results: dict[str, dict[str, Any]]) -> list[list[str]]:
    """Give the table's rows of one data set."""
    later = {way: statistics.median(result["images_per_s"][1:]) for way, result in results.items()}
    return [
        [
            name,
            way,
            f"{result['images_per_s'][0]:,.0f}",
            f"{later[way]:,.0f}",
            f"{later[way] / later['keras']:.2f}" if "keras" in later else "",
            f"{result['memory_mib']:,.0f}",
        ]
        for way, result in results.items()
    ]


if __name__ == "__main__":
    main()
