"""What a task is, for the stages that compute: labels, loss, metrics, evaluation, the served answer."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cnnkeras.spec.task import Task

if TYPE_CHECKING:
    import keras
    import numpy as np
    import pandas as pd

    from cnnkeras.spec.architecture import Architecture


@dataclass(frozen=True)
class Evaluation:
    """What a trained network does on one part of the data.

    `metrics` has Keras's names (`loss`, `accuracy`, …); `table` is one row a class; `truth` and `predictions`
    hold the labels and the network's outputs for every example, in the order of the part.
    """

    metrics: dict[str, float]
    table: pd.DataFrame
    truth: np.ndarray
    predictions: np.ndarray


class TrainableTask(Task):
    """A task as the trainer, the inspection and the export see it."""

    default_monitor: str

    @abstractmethod
    def loss(self, architecture: Architecture) -> keras.losses.Loss:
        """Give the loss that the file names, else the task's own."""

    @abstractmethod
    def metric_objects(self, architecture: Architecture) -> list[keras.metrics.Metric]:
        """Give the metrics that the file names, else the task's own."""

    @abstractmethod
    def evaluate(self, model: keras.Model, batches: Any, class_names: tuple[str, ...]) -> Evaluation:
        """Run the model over every batch, the last partial one included."""

    @abstractmethod
    def answer(self, outputs: Any, class_names: tuple[str, ...]) -> dict[str, Any]:
        """Turn a batch of network outputs into what is served, in TensorFlow operations: named tensors."""
