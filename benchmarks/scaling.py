"""One network on 1, 2, 4 … workers on loopback: images a second, what communication takes, and whether they agree.

python -m benchmarks.scaling [FILE] [section.key=value …] [--workers N …] [--json FILE]

The global batch stays the same, and so does what is trained: N workers take an Nth of each batch. Beside each group
stand as many processes that train by themselves on batches of that Nth, all at once: the same work on the same cores,
without a word between them. What the group is slower by is communication and waiting for each other.
"""

from __future__ import annotations

import argparse
import math
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.comparison import Comparison, Entries
from benchmarks.machine import machine_facts
from benchmarks.processes import ROOT, ContestantFailed, environment
from benchmarks.runs import initial_weights_of, weights_of

# float32 and plain descent, so that what differs is the order of additions alone: Adam makes whole steps of gradients
# that are nearly nothing, and rounding decides where those go. At ten times the rate and with momentum the weights of
# vgg_like end 2e-2 apart for another number of threads in one process, too: there training amplifies every rounding.
# One thread a process and batches in whole: left to "auto", one worker trains in parts by itself, and groups don't.
# The first epoch traces and is not counted.
OPTIMIZER = '{"type": "SGD", "learning_rate": 0.001}'
CHANGES = (
    "training.precision=float32", "training.epochs=2", f"training.optimizer={OPTIMIZER}",
    "training.batch_parts=1", "training.threads=1",
)  # fmt: skip
COLUMNS = (
    "network", "workers", "images/s", "× one worker", "apart, images/s", "communication", "first epoch, s",
    "loss", "loss differs by", "weights differ by, of their way",
)  # fmt: skip
NOTES = (
    "apart: as many processes at once, each by itself, on batches of the same size as a worker's share.",
    "communication: the share of a group's time that those who train apart don't need. images/s: the last epoch's.",
    "every process computes by one thread and takes its batches in whole.",
    "differs by: relative, against the first row. weights, of their way: the norm of the difference over that of the"
    " way that the first row's weights went since the training began; at 1 they are as far apart as they moved.",
)

Weights = dict[str, np.ndarray]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", default=[], metavar="FILE section.key=value")
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2, 4], help="how many (default: 1 2 4)")
    parser.add_argument("--batch-size", type=int, default=32, help="of all workers together (default: 32)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    asked = parser.parse_args(arguments)
    machine = machine_facts()
    words = [*(asked.words or ["benchmarks/networks/vgg_like.json"]), *CHANGES]
    core_note = f"This machine has {machine['cores']} cores: more workers than that can't be faster, only apart."
    with tempfile.TemporaryDirectory(prefix="cnnkeras") as folder:
        measuring = measure(words, asked.workers, asked.batch_size, Path(folder))
        return Comparison("Scaling", COLUMNS, (*NOTES, core_note), summarize, rows).run(measuring, machine, asked.json)


def measure(words: Sequence[str], counts: Sequence[int], batch_size: int, folder: Path) -> Iterator[dict[str, Any]]:
    """Give one measurement a group. Raises ContestantFailed."""
    first = None
    for count in counts:
        together = [*words, f"training.batch_size={batch_size}"]
        addresses = ",".join(free_addresses(count))
        cluster = [["--workers", addresses, "--index", str(index)] if count > 1 else [] for index in range(count)]
        run = train([[*together, *own] for own in cluster], folder / f"{count}-together")[0]
        alone = [*words, f"training.batch_size={batch_size // count}"]
        apart = [run] if count == 1 else train([alone] * count, folder / f"{count}-apart")
        history, weights = pd.read_csv(run / "history.csv"), weights_of(run)
        first = first or (history, weights, initial_weights_of(run))
        speeds = [float(pd.read_csv(each / "history.csv").images_per_second.iloc[-1]) for each in apart]
        print(f"{count} workers: {history.images_per_second.iloc[-1]:.0f} images/s", file=sys.stderr, flush=True)
        yield {
            "network": run.parent.name,
            "workers": count,
            "images_per_s": float(history.images_per_second.iloc[-1]),
            "apart_images_per_s": sum(speeds),
            "first_epoch_s": float(history.seconds.iloc[0]),
            "loss": float(history.loss.iloc[-1]),
            "loss_difference": relative(history.loss.iloc[-1], first[0].loss.iloc[-1]),
            "weight_difference": weight_difference(weights, *first[1:]),
        }


def train(commands: Sequence[Sequence[str]], runs: Path) -> list[Path]:
    """Train by `run.py`, all commands at once; give the run's folder of each that has one. Raises ContestantFailed."""
    processes = [
        subprocess.Popen(
            [sys.executable, "run.py", *words, "--runs", str(runs / str(number))],
            cwd=ROOT, env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for number, words in enumerate(commands)
    ]  # fmt: skip
    try:
        errors = [process.communicate()[1] for process in processes]
    finally:
        for process in processes:
            process.kill()
    for process, said in zip(processes, errors, strict=True):
        if process.returncode:
            raise ContestantFailed(f"{process.args!r} ended with {process.returncode}:\n{said[-4000:]}")
    return sorted(runs.glob("*/*/*"))


def free_addresses(count: int) -> list[str]:
    """Give addresses on loopback that nobody listens at; all are held until the last is found."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [f"127.0.0.1:{each.getsockname()[1]}" for each in sockets]
    finally:
        for each in sockets:
            each.close()


def relative(value: float, reference: float) -> float:
    """Give by which share of the reference a value differs from it."""
    return float(abs(value - reference) / abs(reference))


def weight_difference(weights: Weights, reference: Weights, initial: Weights) -> float:
    """Give the distance of all weights from the reference's, over the way that those went from the initial ones.

    Over the weights' own size, groups that learn something else would seem to agree: in two epochs weights hardly move.
    """
    return distance(weights, reference) / distance(reference, initial)


def distance(weights: Weights, others: Weights) -> float:
    """Give the norm of the difference of all weights."""
    return math.sqrt(sum(float(np.square(weights[name] - others[name]).sum()) for name in others))


def summarize(measurements: Entries) -> Entries:
    """Add what a group's speed is against one worker's and against those who train apart."""
    one = next((each["images_per_s"] for each in measurements if each["workers"] == 1), None)
    return [
        {
            **each,
            "ratio": each["images_per_s"] / one if one else None,
            "communication": max(0.0, 1 - each["images_per_s"] / each["apart_images_per_s"]),
        }
        for each in measurements
    ]


def rows(summary: Entries) -> list[list[str]]:
    """Give the table's cells."""
    return [
        [
            entry["network"],
            str(entry["workers"]),
            f"{entry['images_per_s']:,.0f}",
            f"{entry['ratio']:.2f}" if entry["ratio"] is not None else "",
            f"{entry['apart_images_per_s']:,.0f}",
            f"{entry['communication']:.0%}",
            f"{entry['first_epoch_s']:.1f}",
            f"{entry['loss']:.4f}",
            f"{entry['loss_difference']:.0e}",
            f"{entry['weight_difference']:.0e}",
        ]
        for entry in summary
    ]


if __name__ == "__main__":
    sys.exit(main())
