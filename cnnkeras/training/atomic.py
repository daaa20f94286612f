"""Files that are there whole or not at all, whenever the process is killed."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_TEMPORARY = re.compile(r"\..+\.([0-9]+)\.[a-z]+")


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


def remove_left(folder: Path) -> None:
    """Remove what processes that were killed have left of their files."""
    for file in folder.glob(".*"):
        match = _TEMPORARY.fullmatch(file.name)
        if match and not is_running(int(match[1])):
            with suppress(OSError):
                file.unlink()


def is_running(process: int) -> bool:
    """Tell whether there is a process of that number; where the system does not say, there may be."""
    if os.name == "nt":  # there, 0 is Ctrl-C
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # it is somebody else's, or no number of a process
        return True
    return True


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole or not at all, its line ends as they are: the same on every system."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""

    def write(temporary: Path) -> None:
        temporary.write_bytes(content)

    write_atomically(path, write)
