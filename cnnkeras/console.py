"""Where people, pipes and files read tables."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from rich.console import Console
from rich.table import Table

from cnnkeras.errors import printable

# Of characters, for whoever reads a pipe or a file, in which a folded line would be another one.
WIDE = 10_000
# On a terminal a long name is cut, so that the figures beside it are seen.
COLUMN = 32

Side = Literal["left", "right"]


def plain_console(to_stderr: bool = False) -> Console:
    """Give a console for names and figures as they are: no markup in them, and no line folded but on a terminal."""
    stream = sys.stderr if to_stderr else sys.stdout
    width = None if stream.isatty() else WIDE
    return Console(stderr=to_stderr, markup=False, highlight=False, width=width)


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[], None]]:
    """Show on a terminal how much of something is done; what is given is called after each."""
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(what, total=total)
        yield lambda: progress.advance(task)


def print_grid(console: Console, heads: Sequence[tuple[str, Side]], rows: Iterable[Sequence[str]]) -> None:
    """Print columns of these heads and sides, and an empty line; on a terminal no column is wider than COLUMN."""
    grid = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for head, side in heads:
        grid.add_column(head, justify=side, no_wrap=True, max_width=COLUMN if console.is_terminal else None)
    for row in rows:
        grid.add_row(*(" ".join(printable(cell).split()) for cell in row))
    console.print(grid)
    console.print()
