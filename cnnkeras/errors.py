"""Everything that cnnkeras tells a user who is not where they wanted to be.

    CnnkerasError
    ├── UserError      the input is wrong: every diagnostic at once, exit status 2, nothing written
    └── RunError       the run failed: one sentence and what to do, exit status 1

A `Diagnostic` is one finding in a user's file. It knows its own place, so that printing it needs no file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Severity = Literal["error", "warning"]

# A longer source line is cut around the caret, so that a minified file does not fill the terminal.
EXCERPT_WIDTH = 100
# So many findings are printed at once; `check --json` gives all.
MOST_LISTED = 50


class Excerpt(NamedTuple):
    """The part of a source line around a place, printable, and how far into it the place is."""

    text: str = ""
    caret: int = 0


NOTHING = Excerpt()


@dataclass(frozen=True)
class Diagnostic:
    """One finding: what was found, where, and what to do about it.

    `line` and `column` count from one; both are 0 where the finding has no place in a text
    (a file that can't be read). `path` is the place in the JSON document, as in `layers[3].kernel_size`.
    """

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    path: str
    message: str
    hint: str | None = None
    notes: tuple[str, ...] = ()
    excerpt: Excerpt = NOTHING

    def to_json(self) -> dict[str, Any]:
        """Give the fields that `check --json` prints."""
        fields = ("code", "severity", "file", "line", "column", "path", "message", "hint")
        return {field: getattr(self, field) for field in fields}

    def __str__(self) -> str:
        """Give the whole text: the head line, the excerpt with its caret, the notes, the help."""
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        lines = [f"{place}: {self.severity}[{self.code}]: {self.message}"]
        if self.line:
            text, caret = self.excerpt
            lines += [f"{self.line:4d} | {text}", f"     | {' ' * caret}^"]
        lines += [f"     = {note}" for note in self.notes]
        if self.hint:
            lines.append(f"     = help: {self.hint}")
        return "\n".join(map(printable, lines))


def printable(text: str) -> str:
    """Put a space for what is no character to see: a name in a file must not steer the terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def excerpt(text: str, start: int, offset: int) -> Excerpt:
    """Give what stands around `offset` in the line of `text` that begins at `start`, at most EXCERPT_WIDTH characters.

    An ellipsis stands in place of the character at an end where the line goes on. Nothing else of the line is touched:
    a file may be one line, and have thousands of findings in it.
    """
    first = max(start, offset - EXCERPT_WIDTH)
    around = text[first : offset + EXCERPT_WIDTH].split("\n", 1)[0].rstrip("\r")
    caret = offset - first
    cut = max(0, min(caret - EXCERPT_WIDTH // 2, len(around) - EXCERPT_WIDTH))
    shown = around[cut : cut + EXCERPT_WIDTH]
    end = first + cut + len(shown)
    if first + cut > start:
        shown = f"…{shown[1:]}"
    if text[end : end + 1].strip("\r\n"):
        shown = f"{shown[:-1]}…"
    # Tabs take one cell each, so that the caret stands where it should.
    return Excerpt(printable(shown), caret - cut)


def listed(diagnostics: Sequence[Diagnostic]) -> str:
    """Write findings one below the other, the first MOST_LISTED of them."""
    lines = [str(diagnostic) for diagnostic in diagnostics[:MOST_LISTED]]
    more = len(diagnostics) - MOST_LISTED
    return "\n".join([*lines, *([f"… and {more:,} more"] if more > 0 else [])])


def suggest(name: str, allowed: Iterable[str]) -> str | None:
    """Say which name was meant, or, where none is near, which there are; None where there is none."""
    names = list(allowed)
    if near := nearest(name, names):
        return f'did you mean "{near}"?'
    listed = ", ".join(f'"{known}"' for known in names[:40]) + (", …" if len(names) > 40 else "")
    return f"use one of {listed}" if names else None


def nearest(name: str, allowed: Iterable[str]) -> str | None:
    """Give the name that was meant, or None where none is near."""
    from difflib import get_close_matches  # only a mistake pays for it

    # Compared without case, so that "conv2d" finds "Conv2D".
    folded = {known.casefold(): known for known in allowed}
    # Two letters that have changed places are one slip, and the same letters are mostly the same word.
    swapped = [known for known in folded if sorted(known) == sorted(name.casefold())]
    if len(swapped) == 1:
        return folded[swapped[0]]
    near = get_close_matches(name.casefold()[:100], folded, n=1)
    return folded[near[0]] if near else None


def reason_of(error: Exception, otherwise: str | None = None) -> str:
    """Say why a file could not be used: the system's words, without the path; else `otherwise`, or what is said."""
    return getattr(error, "strerror", None) or otherwise or str(error)


def first_of(names: Sequence[str], most: int, separator: str = ", ") -> str:
    """Join the first names, and say how many more there are."""
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return separator.join(names[:most]) + more


def first_line(error: BaseException) -> str:
    """Give what an exception says in one line, or its kind where it says nothing.

    TensorFlow puts places before what it says, in lines of their own and in braces: they are left out.
    """
    text = getattr(error, "message", None) or str(error)
    lines = [_PLACES.sub("", line).strip() for line in str(text).splitlines()]
    return next((line[:300] for line in lines if line and not line.startswith(_NO_REASON)), type(error).__name__)


_PLACES = re.compile(r"\{\{[^}]*\}\}\s*|\s*\[Op:[^\]]*\].*")
_NO_REASON = ("Graph execution error", "Detected at node", 'File "', "<stack traces", "[[")


class CnnkerasError(Exception):
    """The root of the family; `exit_status` is what the command line returns for it."""

    exit_status = 1


class UserError(CnnkerasError):
    """The user's input is wrong. Holds every diagnostic, in the order of the file."""

    exit_status = 2

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__(listed(diagnostics))
        self.diagnostics = diagnostics


def with_help(message: str, hint: str | None) -> str:
    """Put what to do below what is said."""
    return f"{message}\n     = help: {hint}" if hint else message


class RunError(CnnkerasError):
    """The run can't go on. `message` is one sentence; `hint` says what to do."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(with_help(message, hint))
        self.message = message
        self.hint = hint
