"""What every detector is asked, and what it answers."""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.contestants.measurement import Clock, peak_memory_mib

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURE = ROOT / "architectures" / "yolov8n_bccd.json"
SIDE = 320
BATCH_SIZE = 16


@dataclass(frozen=True)
class Job:
    """Which pictures to learn (a folder as Pascal VOC's), for how many epochs, from which seed; when it was started."""

    data: Path
    epochs: int
    seed: int
    started: float


def read_job() -> Job:
    """Give what the command line asks for."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--started", type=float, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    return Job(**vars(parser.parse_args()))


def answer(clock: Clock, pictures: int, metrics: Mapping[str, float], **facts: Any) -> None:
    """Print the measurement as the last line. `pictures` are those of an epoch."""
    result = {
        "images_per_s": pictures / _middle(clock.epoch_s),
        "images_per_cpu_s": pictures / _middle(clock.epoch_cpu_s),
        "map": metrics["map"],
        "map_50": metrics["map_50"],
        "peak_memory_mib": peak_memory_mib(),
        "epoch_s": clock.epoch_s,
        "epoch_cpu_s": clock.epoch_cpu_s,
    }
    print(json.dumps(result | facts))


def _middle(seconds: Sequence[float]) -> float:
    """Give the median of all epochs but the first, which traces the network."""
    return statistics.median(seconds[1:] or seconds)
