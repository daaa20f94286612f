"""Convolutions: what they compute is in Dumoulin and Visin, "A guide to convolution arithmetic", 2016."""

from __future__ import annotations

from typing import Literal

from cnnkeras.layers.base import KerasLayer, LayerProblem, Shape, Weights, product, require_map
from cnnkeras.layers.fields import Activation, Count, Pair, Units, known
from cnnkeras.layers.kernels import KernelInitializer, check_kernel, keras_kernel
from cnnkeras.layers.weights import Constraint, Initializer, KernelConstraint, KernelRegularizer, Regularizer
from cnnkeras.layers.windowed import WindowedLayer


class Convolution(WindowedLayer):
    """What the forward convolutions share: a kernel that slides over a map."""

    kernel_size: Pair
    strides: Pair = (1, 1)
    dilation_rate: Pair = (1, 1)
    activation: Activation | None = None
    use_bias: bool = True
    bias_initializer: Initializer = "zeros"
    bias_regularizer: Regularizer | None = None
    bias_constraint: Constraint | None = None
    activity_regularizer: Regularizer | None = None

    window_word = "kernel"
    window_field = "kernel_size"

    def window_size(self) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int]]:
        """Give the kernel, its strides and its dilation."""
        return self.kernel_size, self.strides, self.dilation_rate

    def kernels(self) -> dict[str, Pair]:
        """Give the fields that initialize kernels, and those kernels' sizes."""
        raise NotImplementedError

    def keras_layer(self) -> KerasLayer:
        """Give the Keras layer, with filters as numbers."""
        layer = super().keras_layer()
        given = {field: keras_kernel(getattr(self, field), size) for field, size in self.kernels().items()}
        return KerasLayer(layer.class_name, {**layer.config, **given})

    def check_strides(self) -> None:
        """Raise LayerProblem for what no backend of Keras computes."""
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise LayerProblem(
                f"strides {self.strides[0]}×{self.strides[1]} and dilation_rate "
                f"{self.dilation_rate[0]}×{self.dilation_rate[1]} can't be combined",
                hint="set one of the two to 1",
                field="dilation_rate",
            )


class Conv2D(Convolution):
    """A convolution. Input `(height, width, channels)`, output `(height', width', filters)`."""

    type: Literal["Conv2D"]
    filters: Units
    groups: Count = 1
    kernel_initializer: KernelInitializer = "glorot_uniform"
    kernel_regularizer: KernelRegularizer | None = None
    kernel_constraint: KernelConstraint | None = None

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(height', width', filters)`."""
        channels = require_map(inputs[0], "Conv2D")[2]
        self.check_strides()
        self._check_groups(channels)
        check_kernel(self.kernel_initializer, self.kernel_size, "kernel_initializer")
        return (*self.window_output(inputs[0]), known(self.filters))

    def kernels(self) -> dict[str, Pair]:
        """Give the one kernel."""
        return {"kernel_initializer": self.kernel_size}

    def weights(self, *inputs: Shape) -> Weights | None:
        """Count (kernel height · kernel width · channels / groups + 1) · filters."""
        channels, filters = inputs[0][2], known(self.filters)
        if channels is None or filters is None:
            return None
        height, width = self.kernel_size
        return Weights((height * width * (channels // self.groups) + self.use_bias) * filters)

    def macs(self, *inputs: Shape) -> int | None:
        """Count one kernel's numbers for every output number."""
        channels, outputs = inputs[0][2], product(self.output_shape(*inputs))
        if channels is None or outputs is None:
            return None
        return outputs * self.kernel_size[0] * self.kernel_size[1] * (channels // self.groups)

    def _check_groups(self, channels: int | None) -> None:
        for count, name in ((channels, "input channels"), (known(self.filters), "filters")):
            if count is not None and count % self.groups:
                raise LayerProblem(
                    f"{name} (={count}) must be divisible by groups (={self.groups})",
                    hint=f"choose a groups that divides {count}",
                    field="groups",
                )
