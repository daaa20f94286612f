"""What is looked at again and again while a network is trained, one class a kind: weights, gradients, maps.

Each is told its cost by the budget that allows it; none changes what is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Protocol

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.source import Data, Part
from cnnkeras.inspection.built import built_layers
from cnnkeras.inspection.events import TRAIN, VALIDATION, Events
from cnnkeras.inspection.figures.feature_maps import telling_layers
from cnnkeras.inspection.figures.kernels import CONVOLUTIONS, kernel_of
from cnnkeras.inspection.montage import encoded, montage
from cnnkeras.inspection.subject import as_inputs, examples
from cnnkeras.spec.architecture import Architecture

# Of a larger weight every n-th number is counted: the histogram of so many has the same shape.
COUNTED = 50_000
# Pictures on which gradients are taken, and whose maps are followed.
WITH_GRADIENTS, WITH_MAPS = 8, 2
# Layers whose kernels or maps are followed, spread over the network.
FOLLOWED_LAYERS, MAPS_OF_ONE = 8, 16
GREY = "Grey is nothing, white the largest, black the most negative; where there are no negative values black is 0."


class Look(Protocol):
    """One kind of looking. `seconds` is what it takes until it has been timed."""

    kind: str
    seconds: float

    def write(self, events: Events, model: keras.Model, step: int) -> None:
        """Look at the network as it is now, and write what is seen."""


class Weights:
    """How the numbers of each weight are distributed."""

    kind, seconds = "weights", 0.05

    def write(self, events: Events, model: keras.Model, step: int) -> None:
        """Write a histogram a weight."""
        for weight in model.weights:
            write_histogram(events, weight.path, weight.value, step)


class Gradients:
    """How the loss's gradients are distributed, on a few training pictures: what vanishes or explodes is seen here."""

    kind, seconds = "gradients", 0.4

    def __init__(self, data: Data, architecture: Architecture) -> None:
        self._part = first_examples(data.parts["train"], WITH_GRADIENTS)
        self._architecture = architecture

    @cached_property
    def _batch(self) -> tuple[Any, Any]:
        batch: tuple[Any, Any] = next(iter(batches(self._part, self._architecture, self._part.size, False)))
        return batch

    def write(self, events: Events, model: keras.Model, step: int) -> None:
        """Write a histogram a weight that is trained."""
        images, labels = self._batch
        outputs = len(self._architecture.outputs)
        with tf.GradientTape() as tape:
            answers = model(images, training=False)
            loss = model.compute_loss(images, labels if outputs == 1 else (labels,) * outputs, answers, training=False)
        weights = model.trainable_variables
        gradients = tape.gradient(loss, [weight.value for weight in weights])
        for weight, gradient in zip(weights, gradients, strict=True):
            if gradient is not None:
                write_histogram(events, f"gradients/{weight.path}", gradient, step)


class Maps:
    """Kernels, and what they make of the same validation pictures, as they change from epoch to epoch."""

    kind, seconds = "maps", 0.3

    def __init__(self, data: Data, architecture: Architecture) -> None:
        self._part = data.parts["validation"]
        self._architecture = architecture
        self._inner: keras.Model | None = None

    @cached_property
    def _inputs(self) -> np.ndarray:
        pictures = [picture for picture, _ in examples(self._part, range(min(WITH_MAPS, self._part.size)))]
        return as_inputs(pictures, self._architecture)

    def write(self, events: Events, model: keras.Model, step: int) -> None:
        """Write a picture a layer."""
        for name, kernel in self._kernels(model):
            events.image(TRAIN, f"kernels/{name}", encoded(montage(kernel)), step, GREY)
        for name, maps in self._maps(model):
            # One row a picture.
            sheet = montage(maps, columns=min(MAPS_OF_ONE, len(maps) // len(self._inputs)))
            events.image(VALIDATION, f"feature_maps/{name}", encoded(sheet), step, f"One row a picture. {GREY}")

    def _kernels(self, model: keras.Model) -> Iterator[tuple[str, np.ndarray]]:
        found = [pair for pair in built_layers(model, self._architecture) if pair[0].type in CONVOLUTIONS]
        for node, layer in spread(found, FOLLOWED_LAYERS):
            kernel = np.moveaxis(kernel_of(node, layer), -1, 0)
            # Three channels are a colour; of others the first is shown.
            yield node.name, kernel if kernel.shape[-1] == 3 else kernel[..., 0]

    def _maps(self, model: keras.Model) -> Iterator[tuple[str, np.ndarray]]:
        layers = spread(telling_layers(model, self._architecture), FOLLOWED_LAYERS)
        if not layers:
            return
        if self._inner is None:
            self._inner = keras.Model(model.inputs[0], [layer.output for layer in layers])
        outputs = self._inner(self._inputs, training=False)
        for layer, output in zip(layers, outputs if isinstance(outputs, list) else [outputs], strict=True):
            maps = np.asarray(keras.ops.convert_to_numpy(keras.ops.cast(output, "float32")))[..., :MAPS_OF_ONE]
            yield layer.name, np.moveaxis(maps, -1, 1).reshape(-1, *maps.shape[1:3])


def spread(members: list[Any], count: int) -> list[Any]:
    """Give at most so many of a list, evenly over it, the first and the last among them."""
    if len(members) <= count:
        return members
    return [members[round(index * (len(members) - 1) / (count - 1))] for index in range(count)]


def first_examples(part: Part, count: int) -> Part:
    """Give a part's first examples as a part."""
    size = min(count, part.size)
    return Part(part.name, size, lambda: part.examples().take(size), part.num_classes)


def write_histogram(events: Events, name: str, tensor: Any, step: int) -> None:
    """Write how a tensor's numbers are distributed; of one without a finite number nothing."""
    if isinstance(tensor, tf.IndexedSlices):
        tensor = tf.convert_to_tensor(tensor)
    numbers = tf.reshape(tensor, [-1])
    sample = tf.cast(numbers[:: max(1, numbers.shape[0] // COUNTED)], tf.float32).numpy()
    # A network that has diverged has no histogram, and shall not fail for it.
    finite = sample[np.isfinite(sample)]
    if finite.size:
        events.histogram(TRAIN, name, finite, step)
