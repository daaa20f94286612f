"""A JSON text with the place of every value, so that a message can point at it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cnnkeras.errors import Diagnostic, Excerpt, Severity, excerpt

# The keys and indices that lead from the top of a document to a value: ("layers", 3, "kernel_size").
Path = tuple[str | int, ...]


def path_name(path: Path) -> str:
    """Write a path as it stands in messages: `layers[3].kernel_size`."""
    parts = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(parts).removeprefix(".")


@dataclass(frozen=True)
class Document:
    """A text, its content, and where in the text each path begins.

    Arrays are tuples and objects are dicts in `content`. `values` and `keys` map a path to the offset of its
    value and of its key. `changes` holds, by path, the command-line texts that replaced a value.
    """

    name: str
    text: str
    content: Any
    values: Mapping[Path, int] = field(repr=False)
    keys: Mapping[Path, int] = field(repr=False)
    changes: Mapping[Path, Document] = field(default_factory=dict, repr=False)

    @cached_property
    def _line_starts(self) -> list[int]:
        return line_starts(self.text)

    def path_name(self, path: Path) -> str:
        """Write a path as it stands in messages."""
        return path_name(path)

    def diagnostic(
        self,
        code: str,
        path: Path,
        message: str,
        hint: str | None = None,
        notes: tuple[str, ...] = (),
        severity: Severity = "error",
        at_key: bool = False,
    ) -> Diagnostic:
        """Make a finding that points at the value of `path`, or at its key.

        Where the path is not in the text (a key that is missing), it points at the nearest value around it.
        """
        source = self._source(path)
        line, column, around = source._locate(path, at_key)
        return Diagnostic(code, severity, source.name, line, column, path_name(path), message, hint, notes, around)

    def _source(self, path: Path) -> Document:
        """Give the text that a value comes from: a change of it or of what holds it, or one that brought it in."""
        for end in range(len(path), 0, -1):
            if path[:end] in self.changes:
                return self.changes[path[:end]]
        if path not in self.values:
            below = (text for place, text in self.changes.items() if path and place[: len(path)] == path)
            return next(below, self)
        return self

    def _locate(self, path: Path, at_key: bool) -> tuple[int, int, Excerpt]:
        places = self.keys if at_key and path in self.keys else self.values
        offset = next((places[path[:end]] for end in range(len(path), -1, -1) if path[:end] in places), 0)
        return position(self.text, self._line_starts, offset)

    def order(self, diagnostic: Diagnostic) -> tuple[bool, int, int]:
        """Give the sort key that puts findings in the order of the file, the command line's last."""
        return diagnostic.file != self.name, diagnostic.line, diagnostic.column


def line_starts(text: str) -> list[int]:
    """Give the offset of each line's first character."""
    starts = [0]
    starts.extend(offset + 1 for offset, character in enumerate(text) if character == "\n")
    return starts


def position(text: str, starts: list[int], offset: int) -> tuple[int, int, Excerpt]:
    """Give (line, column, what stands there) of an offset; lines and columns count from one."""
    line = bisect_right(starts, offset)
    start = starts[line - 1]
    return line, offset - start + 1, excerpt(text, start, offset)
