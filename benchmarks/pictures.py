"""The pictures that every contestant learns from: MNIST where it is there, else the digits that ship.

python -m benchmarks.pictures --shape 64 64 3 --train 1600 --test 1000 FILE.npz
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import Any

import numpy as np

from cnnkeras.datasets.source import Data
from cnnkeras.datasets.sources import SOURCES
from cnnkeras.datasets.tfds.folder import prepared_folder

PARTS = ("train", "validation", "test")
# A validation part of a tenth is what Keras's examples take.
VALIDATION_SHARE = 10


def main() -> None:
    """Write `<part>_images`, uint8 of the asked shape, and `<part>_labels`, int64, for each part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shape", type=int, nargs=3, required=True)
    parser.add_argument("--train", type=int, required=True)
    parser.add_argument("--test", type=int, required=True)
    parser.add_argument("file", type=Path)
    asked = parser.parse_args()
    sizes = {"train": asked.train, "validation": max(1, asked.train // VALIDATION_SHARE), "test": asked.test}
    name, data = open_data()
    arrays: dict[str, Any] = {"data": name}
    for part, size in sizes.items():
        images, labels = take(data, part, size, tuple(asked.shape))
        arrays |= {f"{part}_images": images, f"{part}_labels": labels}
    np.savez(asked.file, **arrays)


def open_data() -> tuple[str, Data]:
    """Open MNIST from the folder of test data or from `data/`, or else the digits."""
    shared = os.environ.get("CNNKERAS_TEST_DATA")
    for folder in [str(Path(shared, "tfds")) if shared else None, None]:
        if prepared_folder("mnist", folder):
            fields = {"source": "tfds", "name": "mnist"} | ({"data_dir": folder} if folder else {})
            return "mnist", SOURCES["tfds"].model_validate(fields).load()
    return "digits", SOURCES["digits"].model_validate({"source": "digits"}).load()


def take(data: Data, part: str, size: int, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Give the first pictures of a part, resized, with grey repeated in every channel; all where there are fewer."""
    import tensorflow as tf

    height, width, channels = shape
    batches = data.parts[part].examples().take(size).batch(500).as_numpy_iterator()
    images, labels = [], []
    for batch in batches:
        resized = tf.image.resize(batch["image"], (height, width)).numpy()
        images.append(np.repeat(np.rint(resized).astype("uint8"), channels // resized.shape[-1], axis=-1))
        labels.append(batch["label"])
    return np.concatenate(images), np.concatenate(labels)


if __name__ == "__main__":
    main()
