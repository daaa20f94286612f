"""Standard output and standard error that are closed, full or gone."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress

# The disk or the quota behind the output is full, or its terminal was closed.
_LOST = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


# The streams' descriptors that are terminals: of a closed one that can't be told any more.
_terminals: list[int] = []


def prepare_streams() -> None:
    """Look which streams are terminals, and give what is said a place to go where one was closed (`2>&-`)."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # as Python has it
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # for the process's life
    _terminals[:] = [stream.fileno() for stream in (sys.stdout, sys.stderr) if stream.isatty()]


def is_lost(error: OSError) -> bool:
    """Tell whether an error is of writing to a stream: one of opening a file has its name."""
    return error.filename is None and error.errno in _LOST


def drop_output() -> None:
    """Send all further output nowhere: the interpreter must not try to write what is left at its end."""
    _to_nowhere(sys.stdout.fileno())


def drop_terminal() -> None:
    """Send what goes to the terminal nowhere, once it is closed: each word would be an error."""
    for number in _terminals:
        _to_nowhere(number)


def tell(text: str) -> None:
    """Print to standard error, where there is still somebody to read it."""
    with suppress(OSError):
        print(text, file=sys.stderr)


def _to_nowhere(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
