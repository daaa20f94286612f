"""Picture files written for a test, sound and broken."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def picture(number: int = 0, mode: str = "RGB", size: tuple[int, int] = (9, 7)) -> Image.Image:
    pixels = np.random.RandomState(number).randint(0, 256, (size[1], size[0], 3)).astype(np.uint8)
    return Image.fromarray(pixels).convert(mode)


def encoded(image: Image.Image | None = None, form: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    (image or picture()).save(stream, form, **options)
    return stream.getvalue()


def turned() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    return encoded(form="JPEG", exif=exif)


def broken() -> bytes:
    """Give a picture that begins well and has no end."""
    whole = encoded(form="JPEG")
    return whole[: len(whole) * 2 // 3]


def write(root: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def classes(*counts: int, below: str = "") -> dict[str, bytes]:
    """Give sound pictures, each of them another: so many of each class, `a`, `b` and on."""
    return {
        f"{below}{'abcdefgh'[index]}/{number:03}.png": encoded(picture(1000 * index + 100 * len(below) + number))
        for index, count in enumerate(counts)
        for number in range(count)
    }
