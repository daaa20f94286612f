"""What a run was made with: versions, devices, seed, command, decisions."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from cnnkeras.spec.architecture import Architecture
from cnnkeras.training.setup import Setup

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


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:  # cnnkeras itself, run from its folder
        return None
