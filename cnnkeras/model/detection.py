"""The layers of detectors that Keras lacks."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any

import keras
import numpy as np
from keras import ops

# What an untrained head may be told at most: on a map of few places many objects would make it sure of all.
MOST_PROBABLE = 0.1


def _values(array: np.ndarray) -> Any:
    """Give an initializer that gives these numbers."""

    def initialize(shape: Any, dtype: Any = None) -> Any:
        return ops.reshape(ops.convert_to_tensor(array, dtype), shape)

    return initialize


@keras.saving.register_keras_serializable(package="cnnkeras")
class DetectionHead(keras.layers.Layer):  # type: ignore[misc]  # Keras carries no types
    """Puts maps `(batch, height, width, 4 · reg_max + classes)` into rows `(batch, places, …)`, the levels in order.

    Adds to the logits of the classes that of `expected_objects` in a picture, spread over a level's places.
    """

    def __init__(self, reg_max: int = 16, expected_objects: float = 5.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.reg_max = reg_max
        self.expected_objects = expected_objects

    def build(self, input_shape: Any) -> None:
        """Make the priors `(levels, classes)`; they are kept, and not trained."""
        shapes = input_shape if isinstance(input_shape[0], list | tuple) else [input_shape]
        classes = shapes[0][-1] - 4 * self.reg_max
        priors = np.array([[self._prior(shape[1] * shape[2], classes)] * classes for shape in shapes])
        self.priors = self.add_weight(name="priors", shape=priors.shape, initializer=_values(priors), trainable=False)
        super().build(input_shape)

    def _prior(self, places: int, classes: int) -> float:
        """Give the logit of the probability that a class is at one of a level's places."""
        probability = min(self.expected_objects / classes / places, MOST_PROBABLE)
        return log(probability / (1 - probability))

    def call(self, inputs: Any) -> Any:
        """Give the rows."""
        levels = inputs if isinstance(inputs, list | tuple) else [inputs]
        rows = [ops.reshape(level, (-1, level.shape[1] * level.shape[2], level.shape[3])) for level in levels]
        # One sum over all places: to cut the classes off and put them back costs several times as much in training.
        priors = ops.pad(ops.cast(self.priors, self.compute_dtype), [[0, 0], [4 * self.reg_max, 0]])
        counts = np.array([level.shape[1] for level in rows])
        return ops.concatenate(rows, axis=1) + ops.repeat(priors, counts, axis=0)

    def get_config(self) -> dict[str, Any]:
        """Give the fields."""
        return {**super().get_config(), "reg_max": self.reg_max, "expected_objects": self.expected_objects}


@keras.saving.register_keras_serializable(package="cnnkeras")
class GridHead(keras.layers.Layer):  # type: ignore[misc]  # Keras carries no types
    """Puts a map `(batch, rows, columns, numbers)` into rows `(batch, rows · columns, numbers)`."""

    def call(self, inputs: Any) -> Any:
        """Give the rows."""
        return ops.reshape(inputs, (-1, inputs.shape[1] * inputs.shape[2], inputs.shape[3]))


@keras.saving.register_keras_serializable(package="cnnkeras")
class PadToMultiple(keras.layers.Layer):  # type: ignore[misc]  # Keras carries no types
    """Adds zeros below and on the right, until both sides are multiples of `multiple`."""

    def __init__(self, multiple: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.multiple = multiple

    def call(self, inputs: Any) -> Any:
        """Give the padded maps; as they are where nothing is to be added."""
        missing = [-side % self.multiple for side in self._sides(inputs)]
        if all(isinstance(amount, int) and amount == 0 for amount in missing):
            return inputs
        return ops.pad(inputs, [[0, 0], [0, missing[0]], [0, missing[1]], [0, 0]])

    def compute_output_shape(self, input_shape: Sequence[int | None]) -> tuple[int | None, ...]:
        """Give the sides rounded up."""
        rounded = [side and -(-side // self.multiple) * self.multiple for side in input_shape[1:3]]
        return (input_shape[0], *rounded, input_shape[3])

    def get_config(self) -> dict[str, Any]:
        """Give the fields."""
        return {**super().get_config(), "multiple": self.multiple}

    @staticmethod
    def _sides(inputs: Any) -> list[Any]:
        known, there = inputs.shape[1:3], ops.shape(inputs)
        return [there[axis + 1] if side is None else side for axis, side in enumerate(known)]


@keras.saving.register_keras_serializable(package="cnnkeras")
class LastChannels(keras.layers.Layer):  # type: ignore[misc]  # Keras carries no types
    """Gives the last `channels` of maps `(batch, height, width, …)`."""

    def __init__(self, channels: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channels = channels

    def call(self, inputs: Any) -> Any:
        """Give them."""
        first = inputs.shape[-1] - self.channels
        # On TensorFlow an eighth of a slice's time, forward and backward.
        return ops.split(inputs, [first], axis=-1)[1] if first else inputs

    def get_config(self) -> dict[str, Any]:
        """Give the fields."""
        return {**super().get_config(), "channels": self.channels}
