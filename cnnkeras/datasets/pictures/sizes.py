"""How large a picture is, by its file's header."""

from __future__ import annotations

import warnings

from cnnkeras.datasets.pictures.exif import ORIENTATION

# From here on Exif's orientations lay a picture on its side.
ON_ITS_SIDE = 5


def picture_size(file: str) -> tuple[int, int] | None:
    """Give width and height, upright as pictures are read, or None where the file does not tell.

    Nothing is decoded.
    """
    from PIL import Image

    try:
        with warnings.catch_warnings():
            # Pillow warns of large pictures and of strange Exif data, and nothing is decoded here.
            warnings.simplefilter("ignore")
            with Image.open(file) as picture:
                width, height = picture.size
                turned = ON_ITS_SIDE <= picture.getexif().get(ORIENTATION, 1) <= 8
    except (OSError, ValueError, SyntaxError, TypeError, Image.DecompressionBombError):
        return None
    return (height, width) if turned else (width, height)
