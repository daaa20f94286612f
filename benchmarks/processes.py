"""Contestants are processes of their own, so that none profits from what another has loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cnnkeras.kernels import NAMED, SETTING

ROOT = Path(__file__).resolve().parents[1]


class ContestantFailed(RuntimeError):
    """A contestant ended with an error; the message holds the end of what it wrote."""


def environment() -> dict[str, str]:
    """Give the user's environment with byte code written: a user's second start is what is measured.

    What cnnkeras has set in this process is not among it: others train with the kernels that they get without it.
    """
    names = {"PYTHONDONTWRITEBYTECODE"} | ({SETTING} if NAMED is None else set())
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "2"}
    return quiet | {name: value for name, value in os.environ.items() if name not in names}


def run(arguments: Sequence[str], settings: Mapping[str, str] | None = None) -> tuple[float, str]:
    """Run Python with the arguments and these settings in its environment; give its wall time and what it printed.

    Raises ContestantFailed where its exit status is not 0.
    """
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment() | dict(settings or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    took = time.perf_counter() - began
    if done.returncode:
        raise ContestantFailed(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stderr[-4000:]}")
    return took, done.stdout


def measure(module: str, arguments: Sequence[str], settings: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Run a contestant's module, and give the JSON object of its last line with its wall time added."""
    took, output = run(["-m", module, "--started", repr(time.time()), *arguments], settings)
    measurement: dict[str, Any] = json.loads(output.splitlines()[-1])
    return measurement | {"process_s": took}


def rotated(names: Sequence[str], round_number: int) -> list[str]:
    """Give the names in another order each round, so that no contestant always runs on the warmest processor."""
    start = round_number % max(1, len(names))
    return [*names[start:], *names[:start]]
