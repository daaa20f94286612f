"""A folder of pictures, a subfolder a class, read as one of several ways reads it; prints one JSON object.

python -m benchmarks.contestants.feeders --started 0 WAY FOLDER --side 96 --epochs 3 [--fit] [--cache MIB]

Every way decodes the same files, brings them to the same size, shuffles, and gives float32 batches from 0 to 1.
With --fit the same small network is trained by Keras's `fit` on them; without, the batches are taken and dropped.
"""

from __future__ import annotations

import argparse
import importlib
import itertools
import json
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

BATCH = 64
CLASSES = 10


def ours(folder: Path, side: int, cache: int | str) -> Any:
    """Give cnnkeras's batches."""
    from cnnkeras.commands.registry import REGISTRY
    from cnnkeras.datasets.loading import load_data
    from cnnkeras.datasets.pipeline import batches
    from cnnkeras.spec.load import load_architecture

    file = folder.parent / f"{folder.name}-{side}-{cache}.json"
    # All but a hundredth is trained on, which is what is measured.
    data = {"source": "folder", "path": str(folder), "split": {"validation": 0.005, "test": 0.005}, "cache": cache}
    layers = [{"type": "GlobalAveragePooling2D"}, {"type": "Dense", "units": "num_classes", "activation": "softmax"}]
    sections = {"task": "classification", "input": {"shape": [side, side, 3]}, "layers": layers, "data": data}
    file.write_text(json.dumps(sections))
    architecture = load_architecture(file, registry=REGISTRY).architecture
    assert architecture is not None
    return batches(load_data(architecture).parts["train"], architecture, BATCH, training=True)


def keras_folder(folder: Path, side: int, cache: int | str) -> Any:  # noqa: ARG001  # Keras's has none
    """Give the batches of keras.utils.image_dataset_from_directory, prefetched as its documentation does."""
    import keras
    import tensorflow as tf

    data = keras.utils.image_dataset_from_directory(folder, image_size=(side, side), batch_size=BATCH, verbose=False)
    return data.map(lambda images, labels: (images / 255, labels), tf.data.AUTOTUNE).prefetch(tf.data.AUTOTUNE)


def torch_loader(folder: Path, side: int, cache: int | str) -> Any:  # noqa: ARG001  # PyTorch's has none
    """Give the batches of a PyTorch DataLoader with a worker a core, whose pictures Pillow decodes and resizes."""
    import os

    import numpy as np
    import torch
    from PIL import Image

    files = sorted(folder.glob("*/*"))
    numbers = {name: number for number, name in enumerate(sorted({file.parent.name for file in files}))}

    class Pictures(torch.utils.data.Dataset):  # type: ignore[type-arg]  # it says no types
        def __len__(self) -> int:
            return len(files)

        def __getitem__(self, index: int) -> Any:
            with Image.open(files[index]) as image:
                array = np.asarray(image.convert("RGB").resize((side, side), Image.Resampling.BILINEAR))
            return torch.from_numpy(array.copy()).permute(2, 0, 1).float().div(255), numbers[files[index].parent.name]

    workers = len(os.sched_getaffinity(0))
    return torch.utils.data.DataLoader(Pictures(), BATCH, shuffle=True, num_workers=workers, persistent_workers=True)


WAYS = {"cnnkeras": ours, "keras": keras_folder, "torch": torch_loader}


def main() -> None:
    """Time every epoch, the first with whatever is prepared for it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("way", choices=WAYS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--started", type=float)
    parser.add_argument("--side", type=int, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--cache", default="auto")
    asked = parser.parse_args()
    cache = int(asked.cache) if asked.cache.isdigit() else asked.cache
    # Neither the time nor the memory of the library itself is the data's.
    importlib.import_module("torch" if asked.way == "torch" else "keras")
    before = anonymous_memory()
    began = time.perf_counter()
    data = WAYS[asked.way](asked.folder, asked.side, cache)
    prepared = time.perf_counter() - began
    counts, took = (_fitted if asked.fit else _taken)(data, asked.side, asked.epochs)
    took[0] += prepared
    rates = [count / seconds for count, seconds in zip(counts, took, strict=True)]
    print(json.dumps({"images_per_s": rates, "images": counts[0], "memory_mib": anonymous_memory() - before}))


def _taken(data: Iterable[Any], side: int, epochs: int) -> tuple[list[int], list[float]]:  # noqa: ARG001
    counts, took = [], []
    for _ in range(epochs):
        began = time.perf_counter()
        counts.append(sum(len(images) for images, _ in data))
        took.append(time.perf_counter() - began)
    return counts, took


def _fitted(data: Any, side: int, epochs: int) -> tuple[list[int], list[float]]:
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((side, side, 3)),
            layers.Conv2D(8, 3, strides=2, activation="relu"),
            layers.Conv2D(16, 3, strides=2, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(CLASSES, activation="softmax"),
        ]
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    ends = [time.perf_counter()]
    clock = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: ends.append(time.perf_counter()))
    model.fit(data, epochs=epochs, callbacks=[clock], verbose=0)
    count = int(data.cardinality()) * BATCH  # the last batch may have a few less
    return [count] * epochs, [end - begin for begin, end in itertools.pairwise(ends)]


def anonymous_memory() -> float:
    """Give the MiB of memory that are no file's pages: the system takes those back when it needs room."""
    fields = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(fields["RssAnon"].split()[0]) / 1024


if __name__ == "__main__":
    main()
