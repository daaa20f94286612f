"""Where people, pipes and files read tables."""

from __future__ import annotations

import sys

from rich.console import Console

# Of characters, for whoever reads a pipe or a file, in which a folded line would be another one.
WIDE = 10_000


def plain_console(to_stderr: bool = False) -> Console:
    """Give a console for names and figures as they are: no markup in them, and no line folded but on a terminal."""
    stream = sys.stderr if to_stderr else sys.stdout
    width = None if stream.isatty() else WIDE
    return Console(stderr=to_stderr, markup=False, highlight=False, width=width)
