"""Normalizations. Their statistics are left out of the reach: a normalized number still stands for its own place.

So the receptive field of a network with LayerNormalization is that of its windows, as the field counts it.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from cnnkeras.layers.axes import Axes, places
from cnnkeras.layers.base import KerasLayer, LayerProblem, Shape, Unchanged, Weights, product
from cnnkeras.layers.fields import LARGEST, NotNegative
from cnnkeras.layers.weights import Constraint, Initializer, Regularizer

Momentum = Annotated[float, Field(ge=0, le=1)]


class Affine(Unchanged):
    """What the normalizations with a scale and an offset share."""

    epsilon: NotNegative = 0.001
    center: bool = True
    scale: bool = True
    beta_initializer: Initializer = "zeros"
    gamma_initializer: Initializer = "ones"
    beta_regularizer: Regularizer | None = None
    gamma_regularizer: Regularizer | None = None
    beta_constraint: Constraint | None = None
    gamma_constraint: Constraint | None = None

    def affine(self, shape: Shape, axes: int | tuple[int, ...]) -> Weights | None:
        """Count a scale and an offset for each number along the axes."""
        size = product(tuple(shape[place] for place in places(axes, shape)))
        return None if size is None else Weights(size * (self.center + self.scale))


class BatchNormalization(Affine):
    """Mean and variance over the batch and the map (Ioffe and Szegedy 2015). Keras's `renorm` is left out."""

    type: Literal["BatchNormalization"]
    axis: int = -1
    momentum: Momentum = 0.99
    moving_mean_initializer: Initializer = "zeros"
    moving_variance_initializer: Initializer = "ones"
    synchronized: bool = False

    @property
    def joins_batch(self) -> bool:
        """Tell whether the statistics are the batch's, and parts of it can't meet to take them."""
        return self.trainable and self.axis != -1

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape."""
        places(self.axis, inputs[0])
        return inputs[0]

    def weights(self, *inputs: Shape) -> Weights | None:
        """Count scale and offset, which are trained, and the moving mean and variance, which are not."""
        size = inputs[0][places(self.axis, inputs[0])[0]]
        return None if size is None else Weights(size * (self.center + self.scale), 2 * size)

    def keras_layer(self) -> KerasLayer:
        """Give ours, which calls TensorFlow's fused kernel, and lets replicas that synchronize meet once."""
        return KerasLayer("cnnkeras>BatchNormalization", super().keras_layer().config)


class LayerNormalization(Affine):
    """Mean and variance over `axis` of each picture alone (Ba et al. 2016)."""

    type: Literal["LayerNormalization"]
    axis: Axes = -1

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape."""
        places(self.axis, inputs[0])
        return inputs[0]

    def weights(self, *inputs: Shape) -> Weights | None:
        """Count scale and offset for each number along the axes."""
        return self.affine(inputs[0], self.axis)


def _groups(value: Any) -> Any:
    if type(value) is int and (value == -1 or 1 <= value <= LARGEST):
        return value
    raise PydanticCustomError("groups", "must be an integer of at least 1, or -1 for a group of each channel")


Groups = Annotated[
    int, PlainValidator(_groups), WithJsonSchema({"type": "integer", "minimum": -1, "not": {"const": 0}})
]


class GroupNormalization(Affine):
    """Mean and variance over the map and a group of channels (Wu and He 2018)."""

    type: Literal["GroupNormalization"]
    groups: Groups = 32
    axis: int = -1

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape. Raises LayerProblem where the channels can't be grouped."""
        channels = inputs[0][places(self.axis, inputs[0])[0]]
        if self.groups != -1 and channels is not None and channels % self.groups:
            raise LayerProblem(
                f"channels (={channels}) must be divisible by groups (={self.groups})",
                hint=f"choose a groups that divides {channels}",
                field="groups" if "groups" in self.model_fields_set else None,
            )
        return inputs[0]

    def weights(self, *inputs: Shape) -> Weights | None:
        """Count scale and offset for each channel."""
        return self.affine(inputs[0], self.axis)


class RMSNormalization(Unchanged):
    """The root mean square along the last axis brought to 1 (Zhang and Sennrich 2019)."""

    type: Literal["RMSNormalization"]
    axis: Axes = -1
    epsilon: NotNegative = 1e-6

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape."""
        if places(self.axis, inputs[0]) != (len(inputs[0]) - 1,):
            raise LayerProblem(
                "Keras's RMSNormalization scales along the last axis only",
                hint="use an axis of -1",
                field="axis",
            )
        return inputs[0]

    def weights(self, *inputs: Shape) -> Weights | None:
        """Count a scale for each channel."""
        return None if inputs[0][-1] is None else Weights(inputs[0][-1])


class UnitNormalization(Unchanged):
    """The length along `axis` brought to 1."""

    type: Literal["UnitNormalization"]
    axis: Axes = -1

    @property
    def needs_float32(self) -> bool:
        """Tell so: what keeps a length of 0 from being divided by is 0 itself in float16."""
        return True

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape."""
        places(self.axis, inputs[0])
        return inputs[0]
