"""The run's figures as they stand in the page: in which order, under which words."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# Those that people look for come first; any other follows under its own name.
WORDS = {
    "worst": "The worst",
    "best": "The best",
    "predictions": "Drawn by lot",
    "attention": "Where it looks",
    "confusion_matrix": "What is taken for what",
    "classes": "Each class",
    "kernels": "Kernels",
    "feature_maps": "Feature maps",
}
# The page draws it itself.
DRAWN = "curves"


@dataclass(frozen=True)
class Picture:
    """A figure: its file's name, its words, and itself as a data URL, so that the page is one file."""

    name: str
    title: str
    url: str


def pictures(folder: Path) -> list[Picture]:
    """Give the figures of a run. Raises OSError where one can't be read."""
    files = {file.stem: file for file in sorted(folder.glob("*.png")) if file.stem != DRAWN}
    return [Picture(name, WORDS.get(name, _words(name)), png_url(files[name].read_bytes())) for name in ordered(files)]


def ordered(names: Sequence[str] | dict[str, Path]) -> list[str]:
    """Give names in the order in which they are shown."""
    return [name for name in WORDS if name in names] + [name for name in names if name not in WORDS]


def png_url(png: bytes) -> str:
    """Give a picture as a data URL."""
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


def _words(name: str) -> str:
    text = name.replace("_", " ")
    return text[:1].upper() + text[1:]
