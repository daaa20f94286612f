"""What a run was made with: versions, devices, seed, command, decisions."""

from __future__ import annotations

import json
import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cnnkeras.spec.architecture import Architecture
from cnnkeras.training.run_directory import write_json
from cnnkeras.training.setup import Setup
from cnnkeras.training.state import State

PACKAGES = ("cnnkeras", "tensorflow", "keras", "keras-cv", "tensorflow-datasets", "numpy", "pandas", "pydantic")


def describe_environment(architecture: Architecture, setup: Setup) -> dict[str, Any]:
    """Give the content of environment.json."""
    return {
        "command": list(sys.argv),
        "seed": architecture.training.seed,
        "python": platform.python_version(),
        "system": platform.platform(),
        "versions": {name: found for name in PACKAGES if (found := _version(name)) is not None},
        **setup.choices(),
    }


def add_resumption(file: Path, state: State) -> None:
    """Add to environment.json with which command a run was gone on with, and after how many epochs and steps.

    Raises OSError.
    """
    try:
        content = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):  # what it was made with at first is lost; what follows need not be
        content = {}
    known = content if isinstance(content, dict) else {}
    now = {"epoch": state.epoch, "step": state.step, "command": list(sys.argv)}
    write_json(file, {**known, "resumed": [*known.get("resumed", []), now]})


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # cnnkeras itself, run from its folder
        return None
