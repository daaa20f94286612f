"""Where in a user's file a value stands that a verb has found another one for."""

from __future__ import annotations

from typing import Any

from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.document import Path


def value_at(architecture: Architecture, path: Path) -> Any:
    """Give what the file has at a path, None where it has nothing there."""
    content = architecture.document.content
    for key in path:
        try:
            content = content[key]
        except (KeyError, IndexError, TypeError):
            return None
    return content


def where(architecture: Architecture, path: Path, default: object) -> str:
    """Say where a value stands and what it is, or that it is not in the file and what it is then."""
    place, value = place_of(architecture, path), value_at(architecture, path)
    said = f"is not in the file, and {default} then" if value is None else f"is {value}"
    return f"{place['file']}:{place['line']}:{place['column']}: {place['path']} {said}"


def place_of(architecture: Architecture, path: Path) -> dict[str, Any]:
    """Give a place as JSON has it: file, line, column, path and value."""
    found = architecture.document.diagnostic("training", path, "")
    place = {name: getattr(found, name) for name in ("file", "line", "column", "path")}
    return {**place, "value": value_at(architecture, path)}
