"""The orientation that a camera wrote beside a picture."""

from __future__ import annotations

from typing import Literal

ORIENTATION = 0x0112


def is_turned(exif: bytes) -> bool:
    """Tell whether Exif data (a TIFF header and its first directory) asks for the picture to be turned."""
    order: Literal["little", "big"] = "little" if exif[:2] == b"II" else "big"

    def number(start: int, size: int) -> int:
        return int.from_bytes(exif[start : start + size], order)

    directory = number(4, 4)
    for index in range(number(directory, 2)):
        entry = directory + 2 + 12 * index
        if number(entry, 2) == ORIENTATION:
            return 2 <= number(entry + 8, 2) <= 8
    return False
