"""Files that are there whole or not at all, whenever the process is killed."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from cnnkeras.training.processes import is_gone


def write_atomically(path: Path, write: Callable[[Path], None]) -> None:
    """Let `write` make the file under another name, force it to the disk, then give it its own name.

    The other name keeps the ending, since some writers choose the format by it. Raises what `write` raises, and
    OSError; an older file of that name then stands as it was.
    """
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        write(temporary)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_left(paths: Iterable[Path]) -> None:
    """Remove what processes that were killed have left of these files."""
    for path in paths:
        for file in path.parent.glob(f".{path.stem}.*{path.suffix}"):
            process = file.name.removeprefix(f".{path.stem}.").removesuffix(path.suffix)
            if process.isdecimal() and is_gone(int(process)):
                with suppress(OSError):
                    file.unlink()


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all, its line ends as they are: the same on every system."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""

    def write(temporary: Path) -> None:
        temporary.write_bytes(content)

    write_atomically(path, write)
