"""What the first bytes of a picture file tell: its format, and which defects it has.

Nothing is decoded, and a file of any size costs a few reads, so that tens of thousands are looked at in seconds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from cnnkeras.datasets.pictures.exif import APP1, EXIF, FILL, LARGEST, UPRIGHT, is_application, orientation
from cnnkeras.errors import reason_of

# The formats that are read, and how their files begin.
READ = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"BM": "BMP", b"GIF87a": "GIF", b"GIF89a": "GIF"}
# Those that are named when they are refused.
REFUSED = {b"II*\0": "TIFF", b"MM\0*": "TIFF", b"%PDF": "PDF", b"<svg": "SVG", b"<?xml": "XML", b"8BPS": "PSD"}
EXTENSIONS = {
    "jpg": "JPEG", "jpeg": "JPEG", "jpe": "JPEG", "jfif": "JPEG", "png": "PNG", "apng": "PNG", "bmp": "BMP",
    "dib": "BMP", "gif": "GIF", "tif": "TIFF", "tiff": "TIFF", "webp": "WebP", "heic": "HEIC", "avif": "AVIF",
}  # fmt: skip


@dataclass(frozen=True)
class Look:
    """What keeps a file from being read, or None; its format, the codes of its defects, and how EXIF turns it."""

    problem: str | None = None
    format: str = ""
    defects: tuple[str, ...] = ()
    orientation: int = UPRIGHT


MISSING = Look("is not there")


def look(file: str) -> Look:
    """Look at the beginning of a file."""
    try:
        with open(file, "rb") as stream:
            return _look(stream, os.path.splitext(file)[1].lstrip(".").lower())
    except FileNotFoundError:
        return MISSING
    except OSError as error:
        return Look(f"can't be opened: {reason_of(error)}")


def _look(stream: BinaryIO, extension: str) -> Look:
    head = stream.read(32)
    if not head:
        return Look("is empty")
    known = next((name for start, name in READ.items() if head.startswith(start)), None)
    if known is None:
        other = _refused(head)
        return Look(f"is {other}, which is not read" if other else "is no picture")
    if known == "BMP" and (problem := _bmp_problem(stream, head)):
        return Look(problem)
    lies = ["extension"] if EXTENSIONS.get(extension, known) != known else []
    told = [*_LOOKS[known](stream)] if known in _LOOKS else []
    turn = next((each for each in told if isinstance(each, int)), UPRIGHT)
    turned = ["exif_turned"] if turn != UPRIGHT else []
    defects = dict.fromkeys((*lies, *(each for each in told if isinstance(each, str)), *turned))
    return Look(None, known, tuple(defects), turn)


def _refused(head: bytes) -> str | None:
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    if head[4:8] == b"ftyp":
        return "AVIF" if head[8:12] == b"avif" else "HEIC or a video"
    return next((name for start, name in REFUSED.items() if head.startswith(start)), None)


def _jpeg(stream: BinaryIO) -> Iterator[str | int]:
    """Go through the segments before the picture's data (ITU-T T.81, annex B)."""
    stream.seek(2)
    may_have_exif = True
    while len(marker := stream.read(2)) == 2 and marker[0] == 0xFF and marker[1] not in (0xD9, 0xDA):
        if marker[1] == FILL:
            stream.seek(-1, os.SEEK_CUR)
            continue
        may_have_exif &= is_application(marker[1])
        length = max(int.from_bytes(stream.read(2), "big") - 2, 0)
        if marker[1] == APP1 and may_have_exif:
            body = stream.read(length)
            if body.startswith(EXIF):
                may_have_exif = False  # of several the first counts, as `upright.py` reads it
                yield orientation(body[len(EXIF) :])
        elif 0xC0 <= marker[1] <= 0xCF and marker[1] not in (0xC4, 0xC8, 0xCC):
            if stream.read(6)[5:] == b"\x04":
                yield "cmyk"
            stream.seek(max(length - 6, 0), os.SEEK_CUR)
        else:
            stream.seek(length, os.SEEK_CUR)


def _png(stream: BinaryIO) -> Iterator[str | int]:
    """Go through the chunks before the picture's data (PNG, third edition)."""
    stream.seek(8)
    may_have_exif = True
    while len(start := stream.read(8)) == 8 and start[4:] != b"IDAT":
        length = int.from_bytes(start[:4], "big")
        if start[4:] in (b"IHDR", b"eXIf") and length < LARGEST:
            body = stream.read(length)
            if start[4:] == b"IHDR":
                yield from _png_header(body)
            elif may_have_exif:
                may_have_exif = False
                yield orientation(body)
            stream.seek(4, os.SEEK_CUR)
            continue
        if start[4:] in _PNG_CHUNKS:
            yield _PNG_CHUNKS[start[4:]]
        stream.seek(length + 4, os.SEEK_CUR)


_PNG_CHUNKS = {b"acTL": "animated", b"tRNS": "transparent"}


def _png_header(header: bytes) -> Iterator[str]:
    if header[8:9] == b"\x10":
        yield "sixteen_bits"
    if header[9:10] == b"\3":
        yield "palette"
    if header[9:10] in (b"\4", b"\6"):
        yield "transparent"


def _gif(stream: BinaryIO) -> Iterator[str | int]:
    """Count the pictures up to the second (GIF89a)."""
    stream.seek(10)
    _skip_colours(stream, stream.read(3))
    pictures = 0
    while kind := stream.read(1):
        if kind == b",":
            pictures += 1
            if pictures == 2:
                yield "animated"
                return
            _skip_colours(stream, stream.read(9)[8:])
        elif kind != b"!":
            return
        stream.seek(1, os.SEEK_CUR)
        while size := stream.read(1)[:1].strip(b"\0"):
            stream.seek(size[0], os.SEEK_CUR)


def _skip_colours(stream: BinaryIO, flags: bytes) -> None:
    if flags and flags[0] & 0x80:
        stream.seek(3 << (flags[0] & 7) + 1, os.SEEK_CUR)


def _bmp_problem(stream: BinaryIO, head: bytes) -> str | None:
    """Find what TensorFlow reads wrongly: it takes the numbers of a palette for grey."""
    bits, header = int.from_bytes(head[28:30], "little"), int.from_bytes(head[14:18], "little")
    if int.from_bytes(head[30:32], "little") in (1, 2):
        return "is a compressed BMP, which is not read"
    if bits in (24, 32) or len(head) < 32:  # the latter is cut off, and found to be when it is decoded
        return None
    if bits == 8:
        stream.seek(14 + header)
        palette = stream.read(1024)
        if all(palette[4 * grey : 4 * grey + 3] == bytes([grey] * 3) for grey in range(len(palette) // 4)):
            return None
    return f"is a BMP of {bits} bits with a palette, which is not read"


# What each gives is the codes of defects, and the orientation that EXIF states.
_LOOKS: dict[str, Callable[[BinaryIO], Iterator[str | int]]] = {"JPEG": _jpeg, "PNG": _png, "GIF": _gif}
