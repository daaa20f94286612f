"""What each contestant is asked, and what it answers: speed, memory, and how its masks overlap with the true ones."""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.contestants.measurement import Clock

# By file name; fixed. The three of validation are among the 24 to train, and choose the epoch that is kept.
VALIDATION = ("7", "15", "23")
TEST = ("24", "25", "26", "27", "28", "29")
# What is looked for: the membranes, black in the pictures and 0 in the masks; the cells are 255.
FOREGROUND = 1
# How many pixels at the picture's border are the border band.
BAND = 32
BATCH_SIZE = 4
CROP = 256
# As many crops an epoch as the 21 pictures have tiles.
CROPS = 21 * 4


@dataclass(frozen=True)
class Job:
    """Where the pictures are (`image/` and `label/`), for how many epochs to train, and from which seed."""

    data: Path
    epochs: int
    seed: int
    padding: str
    started: float


def read_job() -> Job:
    """Read the command line of a contestant."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--padding", choices=("same", "reflect"), default="same")
    parser.add_argument("--started", type=float, default=time.time())
    return Job(**vars(parser.parse_args()))


def answer(clock: Clock, memory: float, truth: Sequence[Any], masks: Sequence[Any], **facts: Any) -> None:
    """Print the one line. `memory` is the peak of the training, in MiB; masks are `(512, 512)`."""
    # The first epoch traces, compiles and fills caches.
    seconds, cpu_seconds = (statistics.median(each[1:] or each) for each in (clock.epoch_s, clock.epoch_cpu_s))
    measured = {
        "images_per_s": CROPS / seconds,
        "images_per_cpu_s": CROPS / cpu_seconds,
        "peak_memory_mib": memory,
        "trained_s": sum(clock.epoch_s),
        "trained_cpu_s": sum(clock.epoch_cpu_s),
        "epoch_s": clock.epoch_s,
        "epoch_cpu_s": clock.epoch_cpu_s,
        **overlaps(np.stack(truth), np.stack(masks)),
    }
    print(json.dumps(measured | facts))


def overlaps(truth: np.ndarray, masks: np.ndarray) -> dict[str, float]:
    """Give the foreground's intersection over union: on whole pictures, in the border band, and inside of it."""
    band = np.ones(truth.shape[1:], bool)
    band[BAND:-BAND, BAND:-BAND] = False
    places = {"iou": np.ones_like(band), "band_iou": band, "inner_iou": ~band}
    return {name: _overlap(truth[:, place], masks[:, place]) for name, place in places.items()}


def _overlap(truth: np.ndarray, masks: np.ndarray) -> float:
    there, said = truth == FOREGROUND, masks == FOREGROUND
    return float((there & said).sum() / (there | said).sum())
