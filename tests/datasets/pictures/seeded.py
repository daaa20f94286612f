"""A folder in which every defect that pictures can have is to be found once."""

from __future__ import annotations

import numpy as np
from PIL import Image

from tests.datasets.sources.conftest import classes, encoded, picture, turned

SIXTEEN = Image.fromarray(np.arange(63, dtype=np.uint16).reshape(7, 9) * 1000)
FRAMES = {"save_all": True, "append_images": [picture(52, "P")]}
CUT = encoded(picture(58, size=(64, 48)), "JPEG")
TWIN = encoded(picture(60))

# The file that has a defect, by the defect's code.
SEEDED: dict[str, str] = {
    "unreadable": "train/a/notes.txt",
    "truncated": "train/a/cut.jpg",
    "picture_without_label": "train/loose.png",
    "extension": "train/a/lie.jpg",
    "animated": "train/a/moves.gif",
    "palette": "train/a/palette.png",
    "cmyk": "train/a/cmyk.jpg",
    "sixteen_bits": "train/a/16.png",
    "transparent": "train/a/glass.png",
    "exif_turned": "train/a/turned.jpg",
    "same_picture": "train/a/twin.png",
}
CONTENTS: dict[str, bytes] = {
    "unreadable": b"a word",
    "truncated": CUT[: len(CUT) * 4 // 5],
    "picture_without_label": encoded(picture(51)),
    "extension": encoded(picture(53)),
    "animated": encoded(picture(54, "P"), "GIF", **FRAMES),
    "palette": encoded(picture(55, "P")),
    "cmyk": encoded(picture(56, "CMYK"), "JPEG"),
    "sixteen_bits": encoded(SIXTEEN),
    "transparent": encoded(picture(57, "RGBA")),
    "exif_turned": turned(),
    "same_picture": TWIN,
}
SOUND = (
    classes(5, 5, below="train/")
    | classes(2, 2, below="validation/")
    | classes(2, 2, below="test/")
    | {"test/b/twin.png": TWIN}
)


def seeded(*codes: str) -> dict[str, bytes]:
    """Give the sound pictures, and a file with each of these defects."""
    return SOUND | {SEEDED[code]: CONTENTS[code] for code in codes}
