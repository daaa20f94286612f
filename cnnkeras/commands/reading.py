"""Reads and analyses a user's files: what every verb that takes a FILE begins with."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cnnkeras.analysis.analysis import Analysis, analyse
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.datasets.presence import absent
from cnnkeras.errors import Diagnostic, UserError
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.load import load_architecture
from cnnkeras.spec.overrides import COMMAND_LINE
from cnnkeras.tasks.task import TrainableTask


def file_and_changes(words: Sequence[str]) -> tuple[str, list[str], list[str]]:
    """Sort the words of a command line: the file, the changes (they have "=" in them), and what else there is.

    Raises UserError where no file is named, or a change is written with spaces.
    """
    if "=" in words:
        place = list(words).index("=")
        joined = "".join(words[max(place - 1, 0) : place + 2])
        message, hint = "= stands between spaces, and a change is one word", f"write {joined}"
        raise UserError(Diagnostic("file", "error", COMMAND_LINE, 0, 0, "", message, hint))
    changes = [word for word in words if "=" in word and not os.path.exists(word)]
    others = [word for word in words if word not in changes]
    if not others:
        message = f"no file is named: {', '.join(changes)} {'is a change' if len(changes) == 1 else 'are changes'}"
        raise UserError(Diagnostic("file", "error", COMMAND_LINE, 0, 0, "", message, "name an architecture file"))
    return others[0], changes, others[1:]


def examine(path: str | os.PathLike[str], changes: Sequence[str] = ()) -> tuple[Architecture, Analysis]:
    """Give the architecture and everything that is known of it, what is wrong with it included.

    Raises UserError where the file says too little to be looked at further.
    """
    loaded = load_architecture(path, changes, REGISTRY)
    architecture = loaded.architecture
    if architecture is None:
        raise UserError(*loaded.diagnostics)
    task = architecture.task
    found = task.check_training(architecture) if isinstance(task, TrainableTask) else []
    return architecture, analyse(architecture, [*loaded.diagnostics, *found])


def checked(path: str | os.PathLike[str], changes: Sequence[str] = ()) -> tuple[Architecture, Analysis]:
    """Give an architecture without errors. Raises UserError with every diagnostic where one of them is an error."""
    architecture, analysis = examine(path, changes)
    if not analysis.ok:
        raise UserError(*analysis.diagnostics)
    return architecture, analysis


def read_architecture(path: str | os.PathLike[str], changes: Sequence[str] = ()) -> tuple[Architecture, Analysis]:
    """Give an architecture without errors as `checked` does, and print its warnings to standard error."""
    architecture, analysis = checked(path, changes)
    _warn(analysis)
    return architecture, analysis


def _warn(analysis: Analysis) -> None:
    for diagnostic in analysis.diagnostics:
        print(diagnostic, file=sys.stderr)


def experiment(verb: str, words: Sequence[str]) -> Architecture:
    """Give the architecture that the words after a verb name, a file and changes to it, and print its warnings.

    Raises UserError with every diagnostic, that of data that is not there among them.
    """
    architecture, analysis = examine(*one_file(verb, words))
    missing = absent(architecture)
    if missing or not analysis.ok:
        raise UserError(*sorted([*analysis.diagnostics, *missing], key=architecture.document.order))
    _warn(analysis)
    return architecture


def to_look_at(words: Sequence[str]) -> Architecture:
    """Give the architecture that the words after `data` name; its network may be wrong. Raises UserError."""
    architecture, analysis = examine(*one_file("data", words))
    found = [each for each in analysis.diagnostics if not each.path.startswith(_OF_THE_NETWORK)]
    missing = absent(architecture)
    if missing or any(each.severity == "error" for each in found):
        raise UserError(*sorted([*found, *missing], key=architecture.document.order))
    return architecture


# What is wrong with the network does not keep anybody from looking at the data.
_OF_THE_NETWORK = ("layers", "blocks", "outputs", "training", "silence")


def one_file(verb: str, words: Sequence[str]) -> tuple[str, list[str]]:
    """Give the one file that a verb takes, and the changes to it. Raises UserError where there are several."""
    file, changes, others = file_and_changes(words)
    if others:
        message = f"{verb} takes one file, and {others[0]} is neither it nor a change"
        hint = "write changes as section.key=value"
        raise UserError(Diagnostic("file", "error", COMMAND_LINE, 0, 0, "", message, hint))
    return file, changes
