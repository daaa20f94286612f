"""What a task is, for the stages that compute: labels, loss, metrics, evaluation, the served answer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cnnkeras.spec.task import Task

if TYPE_CHECKING:
    import keras
    import numpy as np
    import pandas as pd

    from cnnkeras.datasets.source import Data, Part
    from cnnkeras.errors import Diagnostic
    from cnnkeras.spec.architecture import Architecture


@dataclass(frozen=True)
class Evaluation:
    """What a trained network does on one part of the data.

    `metrics` has Keras's names (`loss`, `accuracy`, …); `table` is one row a class; `truth` and `predictions`
    hold the labels and the network's answers for every example, in the order of the part: for classification
    the class `(examples,)` and the probabilities `(examples, classes)`, for segmentation the true and the
    predicted class of every pixel `(examples, height, width)`, for detection the boxes of every picture, a
    `PictureBoxes` each, in an array of objects. `tables` are further ones, by name: `pictures` is one
    row a picture, the worst first, and a column `picture` has its place in the part.
    """

    metrics: dict[str, float]
    table: pd.DataFrame
    truth: np.ndarray
    predictions: np.ndarray
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)


class TrainableTask(Task):
    """A task as the trainer, the inspection and the export see it."""

    # The figure by which the best epoch is chosen where the file names none.
    default_monitor: str

    @abstractmethod
    def default_columns(self, architecture: Architecture) -> tuple[str, ...]:
        """Give the names of the metrics that are measured where the file names none."""

    def validation_columns(self, architecture: Architecture) -> tuple[str, ...]:  # noqa: ARG002  # some tasks have them
        """Give the names of the figures that are measured after every epoch, on the validation part alone."""
        return ()

    @abstractmethod
    def check_training(self, architecture: Architecture) -> list[Diagnostic]:
        """Tell what of the training section doesn't fit the task or the network. Needs no TensorFlow."""

    @abstractmethod
    def loss(self, architecture: Architecture, output: str | None = None) -> keras.losses.Loss:
        """Give the loss that the file names, else the task's own, for one output, by default the main one."""

    @abstractmethod
    def metric_objects(self, architecture: Architecture) -> list[keras.metrics.Metric]:
        """Give the metrics that the file names, else the task's own, for the main output."""

    @abstractmethod
    def evaluate(
        self,
        model: keras.Model,
        batches: Any,
        class_names: tuple[str, ...],
        architecture: Architecture,
        part: Part | None = None,
    ) -> Evaluation:
        """Run the model over every batch, the last partial one included. `part` is where the batches come from."""

    def callbacks(self, architecture: Architecture, data: Data) -> list[keras.callbacks.Callback]:  # noqa: ARG002
        """Give what the task does while the network is trained. They hear of everything before the trainer's own."""
        return []

    @abstractmethod
    def answer(
        self, outputs: Any, class_names: tuple[str, ...], architecture: Architecture, sizes: Any
    ) -> dict[str, Any]:
        """Turn a batch of the main output into what is served, in TensorFlow operations: named tensors.

        `sizes` are the pictures' own, int32 `(batch, 2)`, height and width as they were asked about, before they
        were brought to the network's input. Every tensor has a row for each picture, as TF Serving's REST wants it.
        """
