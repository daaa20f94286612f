"""Looks whether the user's own files are there at all, before the seconds that TensorFlow takes to start."""

from __future__ import annotations

from pathlib import Path

from cnnkeras.datasets.pictures.folders import where_paths_count
from cnnkeras.errors import Diagnostic
from cnnkeras.spec.architecture import Architecture


def absent(architecture: Architecture) -> list[Diagnostic]:
    """Give the error of a data `path` that leads to nothing; what else is wrong there is found by opening it."""
    path = getattr(architecture.data, "path", None)
    if path is None or _may_be_there(path):
        return []
    message = f"data: {path} is not there"
    return [architecture.document.diagnostic("data", ("data", "path"), message, where_paths_count())]


def _may_be_there(path: str) -> bool:
    try:
        return Path(path).expanduser().exists()
    except RuntimeError:  # the home of a user that there is not
        return False
    except OSError:  # a folder that may not be read, a name that is too long: opening it tells
        return True
