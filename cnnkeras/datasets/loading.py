"""Opens the data of an architecture, and says in its file's terms what does not fit."""

from __future__ import annotations

from dataclasses import replace

from cnnkeras.datasets.checks import check_data, lost_colours
from cnnkeras.datasets.keeping import described, kept
from cnnkeras.datasets.reading import Unreadable, refuse_unreadable
from cnnkeras.datasets.source import Data, Source, SourceProblem
from cnnkeras.errors import Diagnostic, UserError
from cnnkeras.spec.architecture import Architecture

OPENED = "see to it that its files may be read, and that the file names them rightly"
# So much of a name is shown.
LONGEST = 200


def load_data(architecture: Architecture) -> Data:
    """Give the data that the file names, checked against its input and its classes.

    Raises UserError where the file is wrong about its data, RunError where the data can't be had.
    """
    data, found = _load(source_of(architecture), architecture)
    if found:
        raise UserError(*found)
    return data


def load_to_look(architecture: Architecture) -> tuple[Data, list[Diagnostic]]:
    """Give the data without what the file's policies would stop for, and what in the file does not fit it.

    Raises UserError and RunError where there is nothing to look at.
    """
    return _load(source_of(architecture).tolerant(), architecture)


def source_of(architecture: Architecture) -> Source:
    """Give the data section. Raises UserError where the file has none."""
    source = architecture.data
    if not isinstance(source, Source):
        label = architecture.task.label if architecture.task else "class"
        shipped = '"digits"}, the digits' if label == "class" else '"scenes"}, the scenes of digits'
        hint = f'add "data": {{"source": {shipped} that ship'
        raise UserError(architecture.document.diagnostic("missing", (), 'the file: "data" is missing', hint))
    return source


def _load(source: Source, architecture: Architecture) -> tuple[Data, list[Diagnostic]]:
    try:
        data = source.load()
    except SourceProblem as problem:
        raise UserError(_diagnostic(problem, architecture)) from problem
    except OSError as error:
        # What no source expects: a name that is longer than file systems take, a folder that may not be read.
        name = str(error.filename or getattr(source, "path", None) or source.source)
        shown = name if len(name) <= LONGEST else f"{name[:LONGEST]}…"
        unexpected = SourceProblem(("path",), f"{shown} can't be opened: {error.strerror or error}", OPENED)
        raise UserError(_diagnostic(unexpected, architecture)) from error
    try:
        found = check_data(data, architecture)
        remarks = () if found else lost_colours(data, architecture)
    except Unreadable as error:
        raise UserError(_diagnostic(error.problem, architecture)) from error
    return replace(data, remarks=(*data.remarks, *remarks)), sorted(found, key=architecture.document.order)


def read_ahead(data: Data, architecture: Architecture) -> tuple[str, ...]:
    """Read every example before training starts, so that one that can't be read is not met in the middle of it.

    A part that fits is read into its store, where training finds it; one that does not is read once more for this,
    as far as its source can't vouch for it. Tells where each part's pictures are kept. Raises UserError that names
    what can't be read.
    """
    said = []
    try:
        for name, part in data.parts.items():
            store = kept(part, architecture, training=name == "train")
            said.append(described(part, architecture, store))
            if store is None:
                refuse_unreadable(part)
    except Unreadable as error:
        raise UserError(_diagnostic(error.problem, architecture)) from error
    return tuple(said)


def _diagnostic(problem: SourceProblem, architecture: Architecture) -> Diagnostic:
    path = ("data", *problem.keys)
    return architecture.document.diagnostic("data", path, f"data: {problem.message}", problem.hint, problem.notes)
