"""Reads and analyses a user's files: what every verb that takes a FILE begins with."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from cnnkeras.analysis.analysis import Analysis, analyse
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.errors import UserError
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.load import load_architecture
from cnnkeras.tasks.task import TrainableTask


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


def require(path: str | os.PathLike[str], changes: Sequence[str] = ()) -> tuple[Architecture, Analysis]:
    """Give an architecture without errors. Raises UserError with every diagnostic where one of them is an error."""
    architecture, analysis = examine(path, changes)
    if not analysis.ok:
        raise UserError(*analysis.diagnostics)
    return architecture, analysis


def read_architecture(path: str | os.PathLike[str], changes: Sequence[str] = ()) -> tuple[Architecture, Analysis]:
    """Give an architecture without errors, and print its warnings to standard error.

    Raises UserError with every diagnostic where one of them is an error.
    """
    architecture, analysis = require(path, changes)
    for diagnostic in analysis.diagnostics:
        print(diagnostic, file=sys.stderr)
    return architecture, analysis
