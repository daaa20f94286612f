"""The orientation that a camera wrote beside a picture (Exif 2.32, tag 0x0112; 1 is upright, 6 is turned left)."""

from __future__ import annotations

from typing import Literal

ORIENTATION, UPRIGHT, LAST = 0x0112, 1, 8
# How a JPEG holds it: in a segment APP1 among those of applications (APP0 to APP15) and comments, before all others
# (ITU-T T.81, table B.1); any segment may have bytes before it that fill up.
APP1, COMMENT, FILL, EXIF = 0xE1, 0xFE, 0xFF, b"Exif\0\0"
# Both readers stop there: a damaged file may announce gigabytes, or 65,535 entries; cameras write a few thousand bytes.
LARGEST, MOST_ENTRIES = 1 << 20, 1024


def is_application(marker: int) -> bool:
    """Tell whether Exif data may follow a JPEG's segment of this marker."""
    return marker >> 4 == 0xE or marker == COMMENT


def orientation(exif: bytes) -> int:
    """Give the orientation that Exif data (a TIFF header and its first directory) states, 1 to 8; 1 where none."""
    order: Literal["little", "big"] = "little" if exif[:2] == b"II" else "big"

    def number(start: int, size: int) -> int:
        return int.from_bytes(exif[start : start + size], order)

    directory = number(4, 4)
    for index in range(min(number(directory, 2), MOST_ENTRIES)):
        entry = directory + 2 + 12 * index
        if number(entry, 2) == ORIENTATION:
            stated = number(entry + 8, 2)
            return stated if UPRIGHT <= stated <= LAST else UPRIGHT
    return UPRIGHT
