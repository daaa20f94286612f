"""How good the boxes are after every epoch."""

# ruff: noqa: ARG002 - Keras tells its callbacks more than they ask for

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.source import Data
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.detection.coco import average_precisions
from cnnkeras.tasks.detection.evaluation import found_boxes, true_boxes


class Validation(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Finds the boxes of the validation part after every epoch, and gives the epoch `val_map` and `val_map_50`.

    Measured with the weights that Keras validates with, which may be averages of those that are trained; so it stands
    before the callbacks that exchange them, and before those that read an epoch's figures. The part is gone through
    once more than Keras does: average precision can't be added up batch by batch.
    """

    def __init__(self, architecture: Architecture, data: Data) -> None:
        super().__init__()
        self._architecture = architecture
        self._part = data.parts["validation"]
        self._classes = len(data.class_names)
        self._figures: dict[str, float] = {}
        self._step: Any = None

    def on_test_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Measure."""
        truth = true_boxes(self._part)
        examples = batches(self._part, self._architecture, self._architecture.training.batch_size, False)
        found = found_boxes((self._answer(images) for images, _ in examples), truth, self._architecture)
        metrics = average_precisions(truth, found, self._classes).metrics()
        self._figures = {f"val_{name}": metrics[name] for name in ("map", "map_50")}

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Put the figures among the epoch's."""
        if logs is not None:
            logs.update(self._figures)

    def _answer(self, images: tf.Tensor) -> tf.Tensor:
        """Give the main output, which `Model.predict` would need callbacks of its own for."""
        if self._step is None:
            model = self.model

            def step(images: tf.Tensor) -> tf.Tensor:
                outputs = model(images, training=False)
                return outputs[0] if isinstance(outputs, list | tuple) else outputs

            self._step = tf.function(step, reduce_retracing=True)
        return self._step(images)
