"""Memory for pictures: taken at once, or as they come; in memory up to a budget, else in a file without a name.

The system maps the file into memory as it is read, and drops it when the process ends.
"""

from __future__ import annotations

import shutil
import tempfile

import numpy as np
import tensorflow as tf

# Tensors share memory with arrays that begin at a multiple of this (EIGEN_MAX_ALIGN_BYTES).
ALIGNMENT = 64


def aligned(size: int) -> np.ndarray:
    """Give so many bytes of memory that a tensor can share."""
    raw = np.empty(size + ALIGNMENT, np.uint8)
    start = -raw.ctypes.data % ALIGNMENT
    return raw[start : start + size]


def mapped(size: int) -> np.ndarray:
    """Give so many bytes of a file. What is never written takes no room on the disk."""
    with tempfile.TemporaryFile(prefix="cnnkeras") as file:
        return np.memmap(file, np.uint8, "w+", shape=(size,))


def as_tensor(array: np.ndarray) -> tf.Tensor:
    """Give an array as a tensor, without copying it."""
    with tf.device("CPU:0"):
        return tf.experimental.dlpack.from_dlpack(array.__dlpack__())


class NoRoom(Exception):
    """There is no room left, neither in the budget nor on the disk."""


class Growing:
    """Bytes that are appended: in memory while they fit `budget`, then all of them in a file."""

    def __init__(self, budget: int) -> None:
        # What is never written takes no memory either.
        self._bytes = aligned(budget)
        self._used = 0
        self.on_disk = False

    def append(self, values: np.ndarray) -> None:
        """Take some more bytes. Raises NoRoom."""
        end = self._used + len(values)
        if end > len(self._bytes):
            self._move()
        if end > len(self._bytes):
            raise NoRoom
        self._bytes[self._used : end] = values
        self._used = end

    def tensor(self) -> tf.Tensor:
        """Give all of it, uint8 `(bytes,)`."""
        return as_tensor(self._bytes[: self._used])

    def _move(self) -> None:
        """Go over to the disk, where half of what is free may be taken."""
        if self.on_disk:
            raise NoRoom
        room = mapped(max(shutil.disk_usage(tempfile.gettempdir()).free // 2, 1))
        if len(room) < self._used:
            raise NoRoom
        room[: self._used] = self._bytes[: self._used]
        self._bytes, self.on_disk = room, True
