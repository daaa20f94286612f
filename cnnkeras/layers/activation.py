"""Activations as layers of their own. As a field of a layer, `"activation": "relu"` does the same."""

from __future__ import annotations

from typing import Literal

from cnnkeras.layers import fields
from cnnkeras.layers.axes import Axes, places
from cnnkeras.layers.base import KerasLayer, LayerProblem, Shape, Unchanged, Weights, product
from cnnkeras.layers.fields import Finite, NotNegative
from cnnkeras.layers.reach import POINTWISE, Extent, Reach
from cnnkeras.layers.weights import Constraint, Initializer, Regularizer


class Activation(Unchanged):
    """Any of Keras's activations, by name."""

    type: Literal["Activation"]
    activation: fields.Activation

    def keras_layer(self) -> KerasLayer:
        """Give ours where TensorFlow's own operations are slow in training."""
        layer = super().keras_layer()
        return KerasLayer("cnnkeras>Activation", layer.config) if self.activation in {"silu", "swish"} else layer


class ReLU(Unchanged):
    """`x` from `threshold` to `max_value`, below it `negative_slope · (x − threshold)`."""

    type: Literal["ReLU"]
    max_value: NotNegative | None = None
    negative_slope: NotNegative = 0.0
    threshold: NotNegative = 0.0


class LeakyReLU(Unchanged):
    """`x`, and `negative_slope · x` below 0 (Maas et al. 2013)."""

    type: Literal["LeakyReLU"]
    negative_slope: NotNegative = 0.3


class ELU(Unchanged):
    """`x`, and `alpha · (exp(x) − 1)` below 0 (Clevert et al. 2016)."""

    type: Literal["ELU"]
    alpha: Finite = 1.0


class PReLU(Unchanged):
    """`x`, and `alpha · x` below 0, with an `alpha` learned for every position (He et al. 2015).

    `shared_axes` of [1, 2] learns one for each channel, as the paper does.
    """

    type: Literal["PReLU"]
    alpha_initializer: Initializer = "Zeros"
    alpha_regularizer: Regularizer | None = None
    alpha_constraint: Constraint | None = None
    shared_axes: Axes | None = None

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape."""
        self._shared(inputs[0])
        return inputs[0]

    def weights(self, *inputs: Shape) -> Weights | None:
        """Count an alpha for every position along the axes that don't share it."""
        shared = self._shared(inputs[0])
        size = product(tuple(size for place, size in enumerate(inputs[0]) if place not in shared))
        return None if size is None else Weights(size)

    def _shared(self, shape: Shape) -> tuple[int, ...]:
        if self.shared_axes is None:
            return ()
        axes = (self.shared_axes,) if isinstance(self.shared_axes, int) else self.shared_axes
        if min(axes) < 0:
            raise LayerProblem(
                f"shared_axes {min(axes)} counts from the back, which Keras does not do here",
                hint="count from the front: 1 is the height, 2 the width, 3 the channels",
                field="shared_axes",
            )
        return places(axes, shape, "shared_axes", from_back=False)


class Softmax(Unchanged):
    """`exp(x) / Σ exp(x)` along `axis`."""

    type: Literal["Softmax"]
    axis: Axes = -1

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape."""
        places(self.axis, inputs[0])
        return inputs[0]

    def reach(self, *inputs: Shape) -> Reach:
        """Give a point for a softmax over the channels, the whole where height or width are summed."""
        return POINTWISE if places(self.axis, inputs[0]) == (len(inputs[0]) - 1,) else Extent.WHOLE
