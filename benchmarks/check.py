"""`check` against building the Keras models, on a folder of architectures; wall time of whole processes.

python -m benchmarks.check [FOLDER] [--rounds N] [--json FILE]
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.machine import machine_facts
from benchmarks.processes import ROOT, ContestantFailed, rotated, run
from benchmarks.report import print_table, write_json

CONTESTANTS = {
    "check": ["run.py", "check", "--json"],
    "build": ["-m", "benchmarks.contestants.build"],
}
COLUMNS = ("folder", "what", "median, s", "fastest, s", "slowest, s", "× check")
NOTES = (
    "check: `python run.py check --json` on every file: shapes, parameters, costs, receptive fields, lints.",
    "build: a process that imports TensorFlow and Keras and builds the same files' models, which tells shapes and"
    " parameters only.",
    "Both alternate; the first run of each, which writes byte code, is not counted.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "architectures")
    parser.add_argument("--rounds", type=int, default=3, help="how often each runs (default: 3)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    asked = parser.parse_args(arguments)
    machine = machine_facts()
    try:
        seconds = measure(asked.folder, asked.rounds)
    except ContestantFailed as error:
        print(error, file=sys.stderr)
        return 1
    summary = summarize(asked.folder.name, seconds)
    if asked.json:
        write_json(asked.json, "check", machine, {"summary": summary, "seconds": seconds})
    print_table("check", machine, COLUMNS, rows(summary), NOTES)
    return 0


def measure(folder: Path, rounds: int) -> dict[str, list[float]]:
    """Give the wall times of each contestant, the first run left out."""
    seconds: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    for number in range(rounds + 1):
        for name in rotated(list(CONTESTANTS), number):
            seconds[name].append(run([*CONTESTANTS[name], str(folder.resolve())])[0])
    return {name: times[1:] for name, times in seconds.items()}


def summarize(folder: str, seconds: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Give medians, and how many times as long as `check` each takes."""
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    return [
        {
            "folder": folder,
            "contestant": name,
            "median_s": medians[name],
            "fastest_s": min(times),
            "slowest_s": max(times),
            "ratio": medians[name] / medians["check"],
        }
        for name, times in seconds.items()
    ]


def rows(summary: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Give the table's cells."""
    return [
        [
            entry["folder"],
            entry["contestant"],
            *(f"{entry[key]:.2f}" for key in ("median_s", "fastest_s", "slowest_s")),
            f"{entry['ratio']:.1f}",
        ]
        for entry in summary
    ]


if __name__ == "__main__":
    sys.exit(main())
