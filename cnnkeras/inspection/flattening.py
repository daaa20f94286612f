"""Nested settings as single values under the names that the command line has for them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Value = bool | int | float | str


def flattened(content: Any, name: str = "") -> dict[str, Value]:
    """Give every value by its place: `training.optimizer.type`, `layers[3].filters`.

    An array of plain values is one value, written as JSON; what is null is left out.
    """
    return dict(_values(content, name))


def _values(content: Any, name: str) -> Iterator[tuple[str, Value]]:
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from _values(value, f"{name}.{key}" if name else str(key))
    elif isinstance(content, list | tuple) and any(isinstance(member, Mapping) for member in content):
        for index, value in enumerate(content):
            yield from _values(value, f"{name}[{index}]")
    elif isinstance(content, list | tuple):
        yield name, json.dumps(content, ensure_ascii=False)
    elif content is not None:
        yield name, content
