"""What is looked at once a training is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import keras
import numpy as np
import pandas as pd
import tensorflow as tf

from cnnkeras.analysis.tiles import mirrored
from cnnkeras.datasets.preparation import prepare
from cnnkeras.datasets.source import Data, Part
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.label import Label
from cnnkeras.tasks.task import Evaluation, TrainableTask
from cnnkeras.training.trainer import Trained


@dataclass(frozen=True)
class Subject:
    """A trained network with its data, how it came about, and what it does on the test part."""

    model: keras.Model
    architecture: Architecture
    task: TrainableTask
    evaluation: Evaluation
    data: Data
    trained: Trained

    @property
    def history(self) -> pd.DataFrame:
        """Give the training's figures, a row an epoch, indexed by its number from one; empty where there was none."""
        history = pd.DataFrame(self.trained.history)
        return history.set_index("epoch") if len(history) else history

    @property
    def test(self) -> Part:
        """Give the part that the evaluation was made on."""
        return self.data.parts["test"]


def examples(part: Part, indices: Iterable[int], kind: Label | None = None) -> list[tuple[np.ndarray, np.ndarray]]:
    """Give some pictures of a part as the data has them, with their labels, in the order of the indices.

    `kind` tells which labels, where the data may have several. Boxes are rows `(n, 5)`: left, top, right, bottom and
    class.
    """
    order = [int(index) for index in indices]
    wanted, found = set(order), {}
    # A part is read from its beginning; what stands behind the last picture is left alone.
    for index, example in enumerate(islice(part.examples(), max(order, default=-1) + 1)):
        if index in wanted:
            found[index] = (example["image"].numpy(), _label(example, kind))
    return [found[index] for index in order]


def _label(example: Mapping[str, tf.Tensor], kind: Label | None) -> np.ndarray:
    if kind == "boxes" or "label" not in example:
        return np.insert(example["boxes"].numpy(), 4, example["classes"].numpy(), axis=1)
    label: np.ndarray = example["label"].numpy()
    return label


def drawn_by_lot(size: int, count: int) -> np.ndarray:
    """Give some indices below `size`, the same every time, in their order."""
    return np.sort(np.random.default_rng(0).choice(size, min(count, size), replace=False))


def as_inputs(pictures: Sequence[np.ndarray], architecture: Architecture) -> np.ndarray:
    """Give what the network gets for pictures: a batch in float32; of pictures that are tiled, the middle tile."""
    if len({picture.shape for picture in pictures}) == 1:
        batch = np.stack([in_the_middle(picture, architecture) for picture in pictures])
        return np.asarray(prepare(tf.constant(batch), architecture.input))
    return np.concatenate([as_inputs([picture], architecture) for picture in pictures])


def in_the_middle(values: np.ndarray, architecture: Architecture) -> np.ndarray:
    """Give what the network sees at once of a picture or a mask `(height, width, …)`: the middle, where it is tiled.

    A picture smaller than a tile is mirrored, as it is where it is answered.
    """
    if architecture.input.resize != "tile":
        return values
    for axis, size in enumerate(architecture.input.shape[:2]):
        length = values.shape[axis]
        start = (length - size) // 2
        values = values.take(mirrored(np.arange(start, start + size), length), axis=axis)
    return values
