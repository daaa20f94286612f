"""Strict JSON (RFC 8259) read with positions: what the standard library's reader does not give.

Stricter than the standard library where a silent reading would hide a mistake: a key given twice, NaN, numbers
that no float holds, lone surrogates, NUL characters, and nesting deeper than any architecture are errors.
"""

from __future__ import annotations

import math
import re
from typing import Any

from cnnkeras.errors import Diagnostic, UserError
from cnnkeras.spec.document import Document, Path, line_starts, path_name, position
from cnnkeras.spec.not_json import WORD, NotJson, endless, no_value, unexpected

MAX_DEPTH = 64
# Longer integers are no size of anything, and Python takes quadratic time over them.
MAX_DIGITS = 18

_SPACE = re.compile(r"[ \t\n\r]*")
_STRING = re.compile(r'"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CONSTANTS = {"true": True, "false": False, "null": None}


def read_json(text: str, name: str, root: Path = (), start: int = 0) -> Document:
    """Read a whole text from `start`. Raises UserError with every problem found.

    `root` is the path that the text's value stands for, when it is a part of another document.
    """
    reader = _Reader(text, name)
    try:
        content = reader.value(start, root, 0)
        reader.end()
    except NotJson as problem:
        reader.report("json", root, problem.offset, problem.message, problem.hint)
        content = None
    if reader.problems:
        raise UserError(*reader.problems)
    return Document(name, text, content, reader.values, reader.keys)


class _Reader:
    """Reads one text; `offset` is how far it has come."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name, self.offset = text, name, 0
        self.line_starts = line_starts(text)
        self.values: dict[Path, int] = {}
        self.keys: dict[Path, int] = {}
        self.problems: list[Diagnostic] = []
        # Where the last string begins: one that lacks its closing quote ends at the next one's first.
        self._string_from: int | None = None

    def report(self, code: str, path: Path, offset: int, message: str, hint: str | None) -> None:
        line, column, around = position(self.text, self.line_starts, offset)
        found = Diagnostic(code, "error", self.name, line, column, path_name(path), message, hint, (), around)
        self.problems.append(found)

    def value(self, offset: int, path: Path, depth: int) -> Any:
        self._skip(offset)
        self.values[path] = self.offset
        if depth > MAX_DEPTH:
            raise NotJson(self.offset, f"the nesting is deeper than {MAX_DEPTH}", "blocks keep files flat")
        character = self.text[self.offset : self.offset + 1]
        if character == "{":
            return self._object(path, depth)
        if character == "[":
            return self._array(path, depth)
        if character == '"':
            return self._string()
        return self._word()

    def end(self) -> None:
        self._skip(self.offset)
        if self.offset < len(self.text):
            raise unexpected(self.text, self.offset, "the end of the file", "one file holds one JSON object")

    def _skip(self, offset: int) -> None:
        self.offset = _SPACE.match(self.text, offset).end()  # type: ignore[union-attr]  # matches always, if nothing

    def _object(self, path: Path, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        opened = self.offset
        self._skip(self.offset + 1)
        while self.text[self.offset : self.offset + 1] != "}" or members:
            place, key = self.offset, self._key()
            member = (*path, key)
            if key in members:
                self._report_twice(member, place)
            self.keys[member] = place
            members[key] = self.value(self._expect(":"), member, depth + 1)
            if self._closes("}", opened):
                break
        self.offset += 1
        return members

    def _array(self, path: Path, depth: int) -> tuple[Any, ...]:
        members: list[Any] = []
        opened = self.offset
        self._skip(self.offset + 1)
        while self.text[self.offset : self.offset + 1] != "]" or members:
            members.append(self.value(self.offset, (*path, len(members)), depth + 1))
            if self._closes("]", opened):
                break
        self.offset += 1
        return tuple(members)

    def _report_twice(self, member: Path, place: int) -> None:
        first = position(self.text, self.line_starts, self.keys[member])[0]
        message = f'the key "{member[-1]}" is given twice, first in line {first}'
        self.report("duplicate-key", member, place, message, "keep one of the two")

    def _key(self) -> str:
        if self.text[self.offset : self.offset + 1] != '"':
            raise unexpected(self.text, self.offset, "a key in double quotes")
        return self._string()

    def _expect(self, character: str) -> int:
        self._skip(self.offset)
        if self.text[self.offset : self.offset + 1] != character:
            raise unexpected(self.text, self.offset, f"{character}")
        return self.offset + 1

    def _closes(self, bracket: str, opened: int) -> bool:
        """Tell whether the object or array that began at `opened` ends here; step over a comma where it goes on."""
        self._skip(self.offset)
        character = self.text[self.offset : self.offset + 1]
        if character == bracket:
            return True
        if character != ",":
            raise self._not_closed(bracket, opened)
        comma = self.offset
        self._skip(self.offset + 1)
        if self.text[self.offset : self.offset + 1] == bracket:
            raise NotJson(comma, f"a comma before {bracket}", "remove the comma: JSON has none after the last member")
        return False

    def _not_closed(self, bracket: str, opened: int) -> NotJson:
        found = self.text[self.offset : self.offset + 1]
        hint = "members stand with a comma between them"
        if found and found in "]}":
            line, column, _ = position(self.text, self.line_starts, opened)
            hint = f"the {self.text[opened]} of line {line}, column {column} is open: close it with {bracket} first"
        elif self._string_from is not None and {*"{}:"} & {*self.text[self._string_from : self.offset]}:
            line, column, _ = position(self.text, self.line_starts, self._string_from)
            hint = f"does the string that begins in line {line}, column {column} lack its closing quote?"
        return unexpected(self.text, self.offset, f"a comma or {bracket}", hint)

    def _string(self) -> str:
        match = _STRING.match(self.text, self.offset)
        if match is None:
            raise endless(self.text, self.offset)
        place, self.offset = self.offset, match.end()
        self._string_from = place
        body = match[1]
        if "\\" in body:
            body = _ESCAPE.sub(
                lambda escape: chr(int(escape[1], 16)) if escape[1] else _ESCAPED.get(escape[2], escape[2]), body
            )
            body = self._join_surrogates(body, place)
            if "\0" in body:
                raise NotJson(place, "a NUL character in a string", "leave it out: no name and no path has one")
        return body

    def _join_surrogates(self, body: str, place: int) -> str:
        try:
            return body.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise NotJson(place, "half a surrogate pair in a string", "write the character itself") from None

    def _word(self) -> Any:
        match = WORD.match(self.text, self.offset)
        word = match[0] if match else ""
        if word in _CONSTANTS:
            self.offset += len(word)
            return _CONSTANTS[word]
        number = _NUMBER.fullmatch(word)
        if number is None:
            raise no_value(self.text, self.offset, word)
        self.offset += len(word)
        return self._number(word, is_real=bool(number[1] or number[2]))

    def _number(self, word: str, is_real: bool) -> int | float:
        if not is_real and len(word.lstrip("-")) <= MAX_DIGITS:
            return int(word)
        number = float(word) if is_real else math.inf
        if not math.isfinite(number):
            short = word if len(word) <= 24 else f"{word[:20]}…"
            raise NotJson(
                self.offset - len(word),
                f"the number {short} is too large",
                f"integers have up to {MAX_DIGITS} digits, reals go up to 1.7e308",
            )
        return number
