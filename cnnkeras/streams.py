"""Standard output and standard error that are closed, full or gone."""

from __future__ import annotations

import errno
import os
import sys

# The disk or the quota behind the output is full, or its terminal was closed.
_LOST = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


def open_closed() -> None:
    """Give what is said a place to go where a stream was closed (`2>&-`): Python has None in its stead."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  # for the process's life


def is_lost(error: OSError) -> bool:
    """Tell whether an error is of writing to a stream: one of a file has its name."""
    return error.filename is None and error.errno in _LOST


def drop_output() -> None:
    """Send all further output nowhere: the interpreter must not try to write what is left at its end."""
    _to_nowhere(sys.stdout.fileno())


def drop_terminal() -> None:
    """Send what goes to the terminal nowhere, once it is closed: each word would be an error."""
    for stream in (sys.stdout, sys.stderr):
        if stream.isatty():
            _to_nowhere(stream.fileno())


def _to_nowhere(number: int) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
