"""The versions of an export: TF Serving takes folders whose names are numbers, and serves the highest."""

from __future__ import annotations

from pathlib import Path


def versions(directory: Path) -> list[Path]:
    """Give the versions in a folder, the newest last."""
    return sorted((place for place in directory.glob("*") if place.name.isdecimal()), key=lambda place: int(place.name))


def next_version(directory: Path) -> Path:
    """Give the folder of the version after the newest: a server that watches goes over to it by itself."""
    there = versions(directory)
    return directory / str(int(there[-1].name) + 1 if there else 1)
