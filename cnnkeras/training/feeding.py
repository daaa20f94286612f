"""What `fit` is fed with: batches with labels for every output, and weights where classes are balanced by them."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.datasets.balance import class_weights, weigh
from cnnkeras.datasets.order import Epoch
from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.source import Part
from cnnkeras.spec.architecture import Architecture


def training_batches(
    model: keras.Model,
    architecture: Architecture,
    part: Part,
    epoch: Epoch | None = None,
    replicas: int = 1,
    scaled: bool = True,
) -> tf.data.Dataset:
    """Give the batches of an epoch of training, in the order of `epoch`'s number; see `pipeline.batches`."""
    training = architecture.training
    examples = batches(part, architecture, training.batch_size, True, training.seed, epoch, replicas, scaled=scaled)
    return _for_every_output(model, architecture, examples, class_weights(part, architecture))


def validation_batches(
    model: keras.Model, architecture: Architecture, part: Part, replicas: int = 1
) -> tf.data.Dataset:
    """Give the batches of the validation part, as they are."""
    examples = batches(part, architecture, architecture.training.batch_size, False, replicas=replicas)
    return _for_every_output(model, architecture, examples)


def _for_every_output(
    model: keras.Model, architecture: Architecture, examples: tf.data.Dataset, weights: np.ndarray | None = None
) -> tf.data.Dataset:
    """Give every output the same labels, as deep supervision does, and the weight of each by its class."""
    outputs = [model.get_layer(name).output.shape for name in architecture.outputs]
    if len(outputs) == 1 and weights is None:
        return examples

    def spread(images: tf.Tensor, labels: tf.Tensor) -> tuple[Any, ...]:
        every = [(labels,) * len(outputs)]
        if weights is not None:
            every.append(tuple(weigh(labels, weights, shape) for shape in outputs))
        return (images, *(each if len(outputs) > 1 else each[0] for each in every))

    return examples.map(spread)
