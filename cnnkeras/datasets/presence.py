"""Looks whether the user's own files are there at all, before the seconds that TensorFlow takes to start."""

from __future__ import annotations

from pathlib import Path

from cnnkeras.datasets.pictures.folders import where_paths_count
from cnnkeras.datasets.sources import SOURCES
from cnnkeras.errors import Diagnostic
from cnnkeras.spec.architecture import Architecture


def absent(architecture: Architecture) -> list[Diagnostic]:
    """Give the error of a data `path` that leads to nothing; what else is wrong there is found by opening it."""
    # Of the text, and not of the section: that is none where something else in it is wrong.
    section = architecture.document.content.get("data")
    source = SOURCES.get(str(section.get("source"))) if isinstance(section, dict) else None
    path = section.get("path") if source is not None and "path" in source.model_fields else None
    if not isinstance(path, str) or _may_be_there(path):
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
