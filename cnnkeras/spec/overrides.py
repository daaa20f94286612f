"""`section.key=value` from the command line, put into the document before anything is validated."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from cnnkeras.errors import Diagnostic, UserError, excerpt
from cnnkeras.spec.document import Document, Path, path_name
from cnnkeras.spec.json_reader import read_json
from cnnkeras.spec.training import TrainingSection

COMMAND_LINE = "command line"
# Where a word is short for an object of that type.
TYPED = ("training.optimizer", "training.loss")
# What a part of it is changed in, where the file leaves it out.
DEFAULTS = {"training.optimizer": {"type": TrainingSection.model_fields["optimizer"].default.type}}
_INTEGER = re.compile(r"-?[1-9][0-9]*")
_STEP = re.compile(r"(?:^|\.)([A-Za-z_$][A-Za-z0-9_$]*)|\[([0-9]{1,9})\]|(?:^|\.)([0-9]{1,9})(?=\.|\[|$)")


def override(document: Document, changes: Sequence[str]) -> Document:
    """Give the document with every change in it. Raises UserError with every change that can't be made."""
    content, places = document.content, dict(document.changes)
    problems: list[Diagnostic] = []
    for change in changes:
        try:
            path, source = _read(change)
            content = _put(content, path, source.content, change)
        except UserError as error:
            problems.extend(error.diagnostics)
        else:
            # A change of the whole hides earlier changes of its parts.
            places = {place: text for place, text in places.items() if place[: len(path)] != path} | {path: source}
    if problems:
        raise UserError(*problems)
    return replace(document, content=content, changes=places)


def _read(change: str) -> tuple[Path, Document]:
    key, equals, value = change.partition("=")
    if not equals:
        raise _problem(change, 0, "", f'"{change}" is no change', "write section.key=value, as in training.epochs=5")
    path = _path(key, change)
    # Where the last step of the key begins.
    last = max(key.rfind("."), key.rfind("[")) + 1
    try:
        document = read_json(change, COMMAND_LINE, path, len(key) + 1)
        return path, replace(document, keys={**document.keys, path: last})
    except UserError:
        # What is no JSON is a word: data.source=tfds needs no quotes in a shell. What begins like JSON is a mistake.
        if value.lstrip()[:1] in ("{", "[", '"') or _INTEGER.fullmatch(value.strip()):
            raise
    return path, Document(COMMAND_LINE, change, value, {path: len(key) + 1}, {path: last})


def _path(key: str, change: str) -> Path:
    steps: list[str | int] = []
    offset = 0
    while offset < len(key):
        match = _STEP.match(key, offset)
        if match is None:
            raise _problem(
                change,
                offset,
                key,
                f'"{key}" is no place in a file',
                "write it as training.epochs or layers[0].filters",
            )
        steps.append(match[1] if match[1] is not None else int(match[2] or match[3]))
        offset = match.end()
    if not steps:
        raise _problem(change, 0, "", "nothing stands before =", "write section.key=value, as in training.epochs=5")
    return tuple(steps)


def _put(content: Any, path: Path, value: Any, change: str, done: Path = ()) -> Any:
    """Give `content` with `value` at `path`; a missing object on the way is made."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if isinstance(content, dict) and isinstance(step, str):
        below = content.get(step)
        if below is None and rest:
            below = DEFAULTS.get(path_name((*done, step)), {})
        return content | {step: _put(below, rest, value, change, (*done, step))}
    if isinstance(content, tuple) and isinstance(step, int) and step < len(content):
        member = _put(content[step], rest, value, change, (*done, step))
        return (*content[:step], member, *content[step + 1 :])
    raise _misplaced(content, {step: "…" if rest else value}, change, done)


def _misplaced(content: Any, wanted: dict[str | int, Any], change: str, done: Path) -> UserError:
    (step,) = wanted
    where = path_name(done) or "the file"
    if isinstance(content, tuple):
        return _problem(
            change,
            0,
            path_name(done),
            f"{where} has {len(content)} entries, and no [{step}]",
            f"use {where}[0] to {where}[{len(content) - 1}]" if content else None,
        )
    kind = "an object" if isinstance(content, dict) else "a single value"
    whole = "{…}"
    if isinstance(content, str) and path_name(done) in TYPED:
        whole = shlex.quote(json.dumps({"type": content, **wanted}, ensure_ascii=False))
    hint = f"give the whole: {where}={whole}" if done else None
    return _problem(change, 0, path_name(done), f"{where} is {kind}, and has no {path_name((step,))} to change", hint)


def _problem(change: str, offset: int, path: str, message: str, hint: str | None) -> UserError:
    return UserError(
        Diagnostic(
            "override", "error", COMMAND_LINE, 1, offset + 1, path, message, hint, (), excerpt(change, 0, offset)
        )
    )
