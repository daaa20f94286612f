"""Make digits.npz from scikit-learn's copy of the digits: `python data/digits/make.py`.

The same bytes come out on every machine: the split is NumPy's frozen RandomState, and bzip2, unlike zlib, has
one encoder.
"""

from __future__ import annotations

import io
import sys
import zipfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
SEED = 0
# Pictures of each digit; the rest is for training.
HELD_OUT = {"validation": 30, "test": 30}


def scaled(values: np.ndarray) -> np.ndarray:
    """Turn counts from 0 to 16 into pixels from 0 to 255, halves up, in whole numbers."""
    return ((values.astype(np.int64) * 255 + 8) // 16).astype(np.uint8)


def parts(labels: np.ndarray) -> np.ndarray:
    """Give each picture its part: as many of every digit for validation and for test, drawn once."""
    part = np.full(len(labels), "train", dtype="<U10")
    random = np.random.RandomState(SEED)
    for digit in range(10):
        drawn = random.permutation(np.flatnonzero(labels == digit))
        start = 0
        for name, count in HELD_OUT.items():
            part[drawn[start : start + count]] = name
            start += count
    return part


def packed(arrays: dict[str, np.ndarray]) -> bytes:
    """Write an .npz whose bytes depend on the arrays alone: no time, no system, no level."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(array), version=(1, 0))
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            file.writestr(entry, content.getvalue(), compress_type=zipfile.ZIP_BZIP2, compresslevel=9)
    return archive.getvalue()


def make() -> bytes:
    """Give the content of digits.npz."""
    # Imported here: only who makes the file anew needs scikit-learn.
    from sklearn.datasets import load_digits

    digits = load_digits()
    labels = digits.target.astype(np.uint8)
    return packed({"images": scaled(digits.images), "labels": labels, "parts": parts(labels)})


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "digits.npz"
    target.write_bytes(make())
