"""The fully connected layer."""

from __future__ import annotations

from typing import Literal

from cnnkeras.layers.base import Layer, Shape, Weights, product
from cnnkeras.layers.fields import Activation, Units, known
from cnnkeras.layers.reach import POINTWISE, Extent, Reach
from cnnkeras.layers.weights import (
    Constraint,
    Initializer,
    MatrixConstraint,
    MatrixInitializer,
    MatrixRegularizer,
    Regularizer,
)


class Dense(Layer):
    """Every output from every input along the last axis: on a map, a 1×1 convolution. Output `(…, units)`."""

    type: Literal["Dense"]
    units: Units
    activation: Activation | None = None
    use_bias: bool = True
    kernel_initializer: MatrixInitializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: MatrixRegularizer | None = None
    bias_regularizer: Regularizer | None = None
    activity_regularizer: Regularizer | None = None
    kernel_constraint: MatrixConstraint | None = None
    bias_constraint: Constraint | None = None

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(…, units)`."""
        return (*inputs[0][:-1], known(self.units))

    def weights(self, *inputs: Shape) -> Weights | None:
        """Count (inputs + 1) · units."""
        size, units = inputs[0][-1], known(self.units)
        if size is None or units is None:
            return None
        return Weights((size + self.use_bias) * units)

    def macs(self, *inputs: Shape) -> int | None:
        """Count inputs · units at every position."""
        numbers, units = product(inputs[0]), known(self.units)
        return None if numbers is None or units is None else numbers * units

    def reach(self, *inputs: Shape) -> Reach:
        """Give the whole of a vector, a point of a map."""
        return Extent.WHOLE if len(inputs[0]) == 1 else POINTWISE
