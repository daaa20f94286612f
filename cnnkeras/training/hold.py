"""A folder that is one process's own while it lives."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


class Hold:
    """Holds a folder by a lock on a file in it, which is gone once the folder is left.

    The file says nothing of what the folder holds: a process that is killed may leave it, and holds nothing any more.
    """

    def __init__(self, folder: Path) -> None:
        self._file = folder / ".lock"
        self._held: int | None = None

    def take(self) -> None:
        """Raise BlockingIOError where another process holds the folder, OSError where it can't be held."""
        while self._held is None:
            opened = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o666)
            try:
                _lock(opened)
                # Who held it may have removed the file since it was opened here, and a third made a new one.
                if self._file.exists() and os.path.samestat(os.fstat(opened), self._file.stat()):
                    self._held = opened
            finally:
                if self._held is None:
                    os.close(opened)

    def leave(self) -> None:
        """Leave the folder to others."""
        if self._held is not None:
            with suppress(OSError):  # it is held by nobody, if it stays
                self._file.unlink()
            os.close(self._held)
            self._held = None


def _lock(file: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows has no such lock
        return
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
