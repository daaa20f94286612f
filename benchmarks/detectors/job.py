"""What every detector is asked, and what it answers."""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURE = ROOT / "architectures" / "yolov8n_bccd.json"
SIDE = 320
BATCH_SIZE = 16


@dataclass(frozen=True)
class Job:
    """Which pictures to learn (a folder as Pascal VOC's), for how many epochs, from which seed."""

    data: Path
    epochs: int
    seed: int


def read_job() -> Job:
    """Give what the command line asks for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--started", type=float, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    return Job(options.data, options.epochs, options.seed)


def answer(images_per_s: Sequence[float], metrics: dict[str, float], parameters: int, precision: str) -> None:
    """Print the measurement as the last line: the median of all epochs but the first, which traces the network."""
    # In KiB, but on macOS in bytes.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    result: dict[str, Any] = {
        "images_per_s": statistics.median(images_per_s[1:] or images_per_s),
        "map": metrics["map"],
        "map_50": metrics["map_50"],
        "peak_memory_mib": peak,
        "parameters": parameters,
        "precision": precision,
    }
    print(json.dumps(result))
