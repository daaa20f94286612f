"""One pass of a network over a part of the data: its loss, its metrics, its answers. Imports TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.digits import shortest
from cnnkeras.tasks.heads import head
from cnnkeras.tasks.targets import fitted
from cnnkeras.tasks.task import TrainableTask


class Measurement:
    """Measures what `Model.evaluate` would, and keeps what was answered beside the labels.

    The network need not be compiled. `read` turns labels and main output of a batch into what is kept, by default
    into labels of the output's form and probabilities; it is called in a graph.
    """

    def __init__(
        self,
        task: TrainableTask,
        model: keras.Model,
        architecture: Architecture,
        read: Callable[[Any, Any], tuple[Any, ...]] | None = None,
    ) -> None:
        weights = architecture.training.loss_weights or (1.0,) * len(architecture.outputs)
        self._losses = [
            (task.loss(architecture, name), weight) for name, weight in zip(architecture.outputs, weights, strict=True)
        ]
        self._metrics = task.metric_objects(architecture)
        self._loss = keras.metrics.Mean(name="loss")
        self._read = read or _probabilities(architecture)
        self._model = model
        self._step = tf.function(self._measure, reduce_retracing=True)

    def over(self, batches: Any) -> Iterator[tuple[np.ndarray, ...]]:
        """Give what is kept of each batch."""
        for images, labels in batches:
            yield tuple(value.numpy() for value in self._step(images, labels))

    def metrics(self) -> dict[str, float]:
        """Give the figures over all batches so far."""
        return {metric.name: shortest(metric.result()) for metric in (self._loss, *self._metrics)}

    def _measure(self, images: Any, labels: Any) -> tuple[Any, ...]:
        outputs = self._model(images, training=False)
        outputs = outputs if isinstance(outputs, list | tuple) else [outputs]
        # Keras adds the regularizers' part, which the model keeps from its last call, to the loss that it reports.
        regularization = tf.add_n([tf.cast(part, tf.float32) for part in self._model.losses] or [tf.constant(0.0)])
        loss = sum(weight * made(labels, output) for (made, weight), output in zip(self._losses, outputs, strict=True))
        self._loss.update_state(loss + regularization, sample_weight=tf.shape(images)[0])
        for metric in self._metrics:
            metric.update_state(labels, outputs[0])
        return self._read(labels, outputs[0])


def _probabilities(architecture: Architecture) -> Callable[[Any, Any], tuple[Any, ...]]:
    described = head(architecture)

    def read(labels: Any, output: Any) -> tuple[Any, ...]:
        return fitted(labels, output), described.probabilities(tf.cast(output, tf.float32))

    return read
