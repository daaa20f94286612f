"""The pictures that every contestant learns from, and their labels, prepared once for all.

python -m benchmarks.pictures --task classification --shape 64 64 3 --train 1600 --test 1000 FILE.npz

For classes MNIST where it is there, else the digits that ship; for masks and boxes the scenes that ship.
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

# A validation part of a tenth is what Keras's examples take.
VALIDATION_SHARE = 10


def main() -> None:
    """Write `<part>_images`, uint8 of the asked shape, and `<part>_labels` for each part."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", choices=("classification", "segmentation", "detection"), default="classification")
    parser.add_argument("--shape", type=int, nargs=3, required=True)
    parser.add_argument("--train", type=int, required=True)
    parser.add_argument("--test", type=int, required=True)
    parser.add_argument("file", type=Path)
    asked = parser.parse_args()
    sizes = {"train": asked.train, "validation": max(1, asked.train // VALIDATION_SHARE), "test": asked.test}
    np.savez(asked.file, **prepare(asked.task, sizes, tuple(asked.shape)))


def prepare(task: str, sizes: dict[str, int], shape: tuple[int, ...]) -> dict[str, Any]:
    """Give the arrays of a task's parts, each of so many pictures."""
    name, data = open_data() if task == "classification" else ("scenes", open_scenes(task, sizes, shape))
    take = {"classification": take_classes, "segmentation": take_masks, "detection": take_boxes}[task]
    arrays: dict[str, Any] = {"data": name}
    for part, size in sizes.items():
        images, labels = take(data, part, size, shape)
        arrays |= {f"{part}_images": images, f"{part}_labels": labels}
    return arrays


def open_data() -> tuple[str, Data]:
    """Open MNIST from the folder of test data or from `data/`, or else the digits."""
    shared = os.environ.get("CNNKERAS_TEST_DATA")
    for folder in [str(Path(shared, "tfds")) if shared else None, None]:
        if prepared_folder("mnist", folder):
            fields = {"source": "tfds", "name": "mnist"} | ({"data_dir": folder} if folder else {})
            return "mnist", SOURCES["tfds"].model_validate(fields).load()
    return "digits", SOURCES["digits"].model_validate({"source": "digits"}).load()


def open_scenes(task: str, sizes: dict[str, int], shape: tuple[int, ...]) -> Data:
    """Open as many scenes of that size as are asked for."""
    fields = {"source": "scenes", "size": shape[:2], "count": sizes}
    return SOURCES["scenes"].model_validate(fields).for_task(task).load()


def take_classes(data: Data, part: str, size: int, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Give the first pictures of a part, resized, with grey repeated in every channel, and classes, int64 `(size,)`.

    Where the part has fewer they are repeated: the work is the same whichever data is there.
    """
    import tensorflow as tf

    height, width, channels = shape
    batches = data.parts[part].examples().take(size).batch(500).as_numpy_iterator()
    images, labels = [], []
    for batch in batches:
        resized = tf.image.resize(batch["image"], (height, width)).numpy()
        images.append(np.repeat(np.rint(resized).astype("uint8"), channels // resized.shape[-1], axis=-1))
        labels.append(batch["label"])
    return repeated(np.concatenate(images), size), repeated(np.concatenate(labels), size)


def take_masks(data: Data, part: str, size: int, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Give scenes, with grey repeated in every channel, and their masks, uint8 `(size, height, width)`."""
    examples = list(data.parts[part].examples().take(size).as_numpy_iterator())
    return _images(examples, shape), np.stack([example["label"] for example in examples])


def take_boxes(data: Data, part: str, size: int, shape: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Give scenes, with grey repeated in every channel, and their boxes, float32 `(size, most boxes, 5)`.

    A row is left, top, right and bottom in pixels, and the class; of −1 where a scene has fewer boxes than another.
    """
    examples = list(data.parts[part].examples().take(size).as_numpy_iterator())
    labels = np.full((len(examples), max(1, *(len(example["boxes"]) for example in examples)), 5), -1, np.float32)
    for rows, example in zip(labels, examples, strict=True):
        rows[: len(example["boxes"])] = np.column_stack([example["boxes"], example["classes"]])
    return _images(examples, shape), labels


def repeated(array: np.ndarray, size: int) -> np.ndarray:
    """Give so many entries: the array's own in their order, again from the first where they are used up."""
    return array[np.arange(size) % len(array)]


def _images(examples: list[dict[str, Any]], shape: tuple[int, ...]) -> np.ndarray:
    images = np.stack([example["image"] for example in examples])
    return np.repeat(images, shape[-1] // images.shape[-1], axis=-1)


if __name__ == "__main__":
    main()
