"""Kills trainings at random moments, goes on with them, and compares their ends with one that was left alone.

python -m benchmarks.kills [FILE] [section.key=value …] [--kills N] [--seed N] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.machine import machine_facts
from benchmarks.processes import ROOT, ContestantFailed, environment
from benchmarks.report import print_table, write_json
from benchmarks.runs import weights_of

# A checkpoint after almost every call from Python, so that a kill meets them at all of their stages.
CHANGES = ("training.deterministic=true", "training.epochs=8", "training.checkpoint_minutes=0.0001")
# What an uninterrupted training would not repeat either.
TIMES = ["seconds", "images_per_second"]
COLUMNS = ("killed", "in", "times", "equal ends")
NOTES = (
    "Each training is killed (SIGKILL) once, at a moment drawn evenly from its whole time after TensorFlow's start, and"
    " gone on with by --resume.",
    "Equal: every weight of model.keras bit by bit, history.csv but for its clock, metrics.json, an export that proves"
    " itself, no UNFINISHED left.",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Kill, compare and print; 1 where any end differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("words", nargs="*", default=["architectures/lenet5.json"], metavar="FILE section.key=value")
    parser.add_argument("--kills", type=int, default=100, help="how many trainings (default: 100)")
    parser.add_argument("--seed", type=int, default=0, help="chooses the moments (default: 0)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every kill there")
    asked = parser.parse_args(arguments)
    machine, moments = machine_facts(), random.Random(asked.seed)
    with tempfile.TemporaryDirectory(prefix="cnnkeras") as folder:
        words = [*asked.words, *CHANGES]
        _end(words, Path(folder) / "warm")
        whole, seconds = _end(words, Path(folder) / "whole")
        kills = []
        for number in range(asked.kills):
            kills.append(_kill(words, Path(folder) / str(number), 0.9 * moments.random() * seconds, whole))
            print(f"{number + 1}: {kills[-1]}", file=sys.stderr)
    if asked.json:
        write_json(asked.json, "kills", machine, {"kills": kills})
    print_table("kills", machine, COLUMNS, rows(kills), NOTES)
    return 0 if all(kill["equal"] for kill in kills) else 1


def rows(kills: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Give a row for each stage that kills met, and one for all."""
    counts, equal = Counter(kill["stage"] for kill in kills), Counter(kill["stage"] for kill in kills if kill["equal"])
    each = [["", stage, str(count), str(equal[stage])] for stage, count in counts.items()]
    return [*each, ["all", "", str(len(kills)), str(sum(equal.values()))]]


def _start(words: Sequence[str]) -> subprocess.Popen[str]:
    command = [sys.executable, "run.py", *words]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment(), text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )


def _until_training(process: subprocess.Popen[str]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("training in "):
            return


def _end(words: Sequence[str], runs: Path) -> tuple[dict[str, Any], float]:
    """Train without a kill; give the end, and the seconds from the run's folder to it."""
    process = _start([*words, "--runs", str(runs)])
    _until_training(process)
    began = time.perf_counter()
    _finish(process)
    (run,) = runs.glob("*/*")
    return _outcome(run), time.perf_counter() - began


def _kill(words: Sequence[str], runs: Path, after: float, whole: dict[str, Any]) -> dict[str, Any]:
    """Kill one training so many seconds after it made its folder, go on, and compare the ends."""
    process = _start([*words, "--runs", str(runs)])
    _until_training(process)
    time.sleep(after)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (run,) = runs.glob("*/*")
    stage = _stage(run)
    if stage != "nothing: it was finished":
        _finish(_start(["--resume", str(run)]))
    outcome = _outcome(run)
    differing = [name for name in whole if outcome[name] != whole[name]]
    return {"after": round(after, 3), "stage": stage, "equal": not differing, "differing": differing}


def _finish(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate()
    if process.returncode:
        raise ContestantFailed(f"{process.args} ended with {process.returncode}:\n{errors[-4000:]}")


def _stage(run: Path) -> str:
    if not (run / "UNFINISHED").exists():
        return "nothing: it was finished"
    if (run / "model.keras").exists():
        return "evaluation, figures and export"
    state = run / "checkpoints" / "state.json"
    if not state.exists():
        return "the first step"
    return "an epoch" if json.loads(state.read_text())["step"] else "the end of an epoch"


def _outcome(run: Path) -> dict[str, Any]:
    """Give all of a run's end that has to be the same."""
    history = pd.read_csv(run / "history.csv").drop(columns=TIMES)
    return {
        "weights": {name: array.tobytes() for name, array in weights_of(run).items()},
        "history": history.to_csv(),
        "metrics": json.loads((run / "metrics.json").read_text()),
        "exports": sorted(place.name for place in (run / "export").iterdir() if place.name.isdecimal())[-1:] != [],
        "finished": not (run / "UNFINISHED").exists(),
    }


if __name__ == "__main__":
    sys.exit(main())
