"""What stands in a text where JSON should, told by what people write instead."""

from __future__ import annotations

import re

WORD = re.compile(r"[A-Za-z0-9_.+\-$]+")

# What stands before the digits of a decimal comma.
_WHOLE_AND_COMMA = re.compile(r"([0-9]+),[ \t]*\Z")
_TUPLE = re.compile(r"\(([\d\s,.]{1,40})\)")
_BEGUN = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*')
_FOREIGN = {"True": "true", "False": "false", "None": "null", "undefined": "null"}


class NotJson(Exception):
    """The text is no JSON from `offset` on."""

    def __init__(self, offset: int, message: str, hint: str | None = None) -> None:
        self.offset, self.message, self.hint = offset, message, hint


def no_value(text: str, offset: int, word: str) -> NotJson:
    """Say what to write for a word, which may be empty, that is no value of JSON."""
    if word in _FOREIGN:
        return NotJson(offset, f"{word} is no JSON value", f"write {_FOREIGN[word]}")
    if word.lstrip("+-") in ("NaN", "Infinity", "inf", "nan"):
        return NotJson(offset, f"{word} is no JSON value", "give a finite number")
    if word and (word[0].isdigit() or word[0] in "+-."):
        return NotJson(offset, f"{word[:24]} is no JSON number", "write it as 5, 0.5 or 1e-3")
    if word:
        return NotJson(offset, f"{word[:24]} is no JSON value", "put strings in double quotes")
    return unexpected(text, offset, "a value")


def endless(text: str, offset: int) -> NotJson:
    """Say where a string that begins at `offset` stops being one."""
    stop = _BEGUN.match(text, offset).end()  # type: ignore[union-attr]  # its first quote is there
    found = text[stop : stop + 2]
    if found.startswith("\\"):
        return NotJson(stop, f"{found} is no escape", "write \\\\ for a backslash, and / between folders")
    if found[:1] in ("", "\n", "\r"):
        return NotJson(offset, "a string without a closing quote in its line", 'end it with "; a line break is \\n')
    return NotJson(stop, "a control character in a string", "write a tab as \\t, or leave it out")


def unexpected(text: str, offset: int, expected: str, hint: str | None = None) -> NotJson:
    """Say what stands at `offset` in place of what was expected; `hint` where nothing is known of what it is."""
    found = text[offset : offset + 1]
    if not text.strip():
        return NotJson(0, "the file is empty", 'begin with {"task": "classification", "input": …')
    if not found:
        end = max(len(text.rstrip()) - 1, 0)
        return NotJson(end, f"the file ends where {expected} should come", "close what is open")
    return NotJson(offset, f"expected {expected}, found {found}", _meant(text, offset) or hint)


def _meant(text: str, offset: int) -> str | None:
    found = text[offset]
    if found == "'":
        return "JSON strings take double quotes"
    if found in "“”„‟«»‘’‚":
        return 'write straight quotes, "…", around strings'
    if found.isdigit() and (before := _WHOLE_AND_COMMA.search(text[:offset])):
        after = WORD.match(text, offset)
        word = after[0] if after else found
        is_key = text[offset + len(word) :].lstrip().startswith(":")
        return None if is_key else f"a number has a point: {before[1]}.{word}"
    if found == "(":
        found_tuple = _TUPLE.match(text, offset)
        inside = ", ".join(found_tuple[1].replace(",", " ").split()) if found_tuple else "…"
        return f"write [{inside}]: JSON has no tuples"
    if found in ("/", "#"):
        return 'JSON has no comments; "description" is there for words'
    return None
