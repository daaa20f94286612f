"""The 1,797 handwritten digits that ship: `{"source": "digits"}`. Origin and licence: data/digits/README.md."""

from __future__ import annotations

import zipfile
import zlib
from typing import TYPE_CHECKING, Literal

from cnnkeras.datasets.pictures.arrays import element
from cnnkeras.datasets.shipped import shipped
from cnnkeras.datasets.source import PARTS, Data, Part, Source
from cnnkeras.errors import RunError, first_line

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf

DIGITS = tuple(str(digit) for digit in range(10))


class Digits(Source):
    """Grey pictures of 8×8 pixels in ten classes, in fixed parts of 1,197, 300 and 300."""

    source: Literal["digits"]

    def class_names(self) -> tuple[str, ...]:
        """Give the digits."""
        return DIGITS

    def load(self) -> Data:
        """Read the file that ships."""
        arrays = read_digits()
        return Data({name: _part(name, arrays) for name in PARTS}, DIGITS)


def read_digits() -> dict[str, np.ndarray]:
    """Give `images` uint8 (1797, 8, 8), `labels` and `parts`. Raises RunError where the file can't be read."""
    import numpy as np

    file = shipped("digits") / "digits.npz"
    try:
        # Opened here: NumPy leaves a file open that is no archive.
        with file.open("rb") as opened, np.load(opened) as arrays:
            return dict(arrays)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise RunError(f"the digits that ship can't be read: {first_line(error)}", "install cnnkeras again") from error


def _part(name: str, arrays: dict[str, np.ndarray]) -> Part:
    chosen = arrays["parts"] == name
    images, labels = arrays["images"][chosen, :, :, None], arrays["labels"][chosen].astype("int64")

    def examples() -> tf.data.Dataset:
        import tensorflow as tf

        return tf.data.Dataset.from_tensor_slices({"image": images, "label": labels})

    names = [element("images", place) for place in chosen.nonzero()[0]]
    return Part(name, len(labels), examples, len(DIGITS), names=names)
