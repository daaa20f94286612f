"""Convolutions: what they compute is in Dumoulin and Visin, "A guide to convolution arithmetic", 2016."""

from __future__ import annotations

from abc import abstractmethod
from typing import Literal

from cnnkeras.layers.base import Dimension, KerasLayer, LayerProblem, Shape, Weights, product, require_map
from cnnkeras.layers.fields import Activation, Count, Pair, Units, known
from cnnkeras.layers.kernels import KernelInitializer, check_kernel, keras_kernel
from cnnkeras.layers.padding import Slide
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

    def window_size(self) -> Slide:
        """Give the kernel, its strides and its dilation."""
        return Slide(self.kernel_size, self.strides, self.dilation_rate)

    @abstractmethod
    def kernels(self) -> dict[str, Pair]:
        """Give the fields that initialize kernels, and those kernels' sizes."""

    def keras_layer(self) -> KerasLayer:
        """Give the Keras layer, with filters as numbers."""
        layer = super().keras_layer()
        given = {field: keras_kernel(getattr(self, field), size) for field, size in self.kernels().items()}
        return KerasLayer(layer.class_name, {**layer.config, **given})


def check_strides(strides: Pair, dilation_rate: Pair) -> None:
    """Raise LayerProblem for what Keras does not compute."""
    if max(strides) > 1 and max(dilation_rate) > 1:
        raise LayerProblem(
            f"strides {strides[0]}×{strides[1]} and dilation_rate {dilation_rate[0]}×{dilation_rate[1]} "
            "can't be combined",
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
        channels, filters = require_map(inputs[0], "Conv2D")[2], known(self.filters)
        check_strides(self.strides, self.dilation_rate)
        self._check_groups(channels)
        each = None if channels is None else channels // self.groups
        check_kernel(self.kernel_initializer, self.kernel_size, "kernel_initializer", (each, filters))
        return (*self.window_output(inputs[0]), filters)

    def fits_keras(self) -> bool:
        """Tell whether Keras's own layer will do.

        In groups it computes through XLA, nine times slower on a CPU; a 1×1 kernel with strides can end the process.
        """
        skips_pixels = self.kernel_size == (1, 1) and max(self.strides) > 1
        return super().fits_keras() and self.groups == 1 and not skips_pixels

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

    def _check_groups(self, channels: Dimension) -> None:
        for count, name in ((channels, "input channels"), (known(self.filters), "filters")):
            if count is not None and count % self.groups:
                raise LayerProblem(
                    f"{name} (={count}) must be divisible by groups (={self.groups})",
                    hint=f"choose a groups that divides {count}",
                    field="groups",
                )


class DepthwiseConvolution(Convolution):
    """What the depthwise layers share: a kernel for each channel alone, `depth_multiplier` of them."""

    depth_multiplier: Count = 1
    depthwise_initializer: KernelInitializer = "glorot_uniform"
    depthwise_regularizer: KernelRegularizer | None = None
    depthwise_constraint: KernelConstraint | None = None

    def kernels(self) -> dict[str, Pair]:
        """Give the depthwise kernel."""
        return {"depthwise_initializer": self.kernel_size}

    def depthwise_shape(self, shape: Shape) -> Shape:
        """Give what comes out of the depthwise step. Raises LayerProblem where it can't be computed."""
        channels = require_map(shape, self.type)[2]
        # Dilated, Keras computes every row and column and then takes the strides.
        if self.strides[0] != self.strides[1] and max(self.dilation_rate) == 1:
            raise LayerProblem(
                f"strides {self.strides[0]}×{self.strides[1]} differ, "
                "and TensorFlow's depthwise kernels need equal ones",
                hint="use the same stride for height and width, or a Conv2D with groups",
                field="strides",
            )
        check_kernel(
            self.depthwise_initializer,
            self.kernel_size,
            "depthwise_initializer",
            (channels, self.depth_multiplier),
        )
        return (*self.window_output(shape), None if channels is None else channels * self.depth_multiplier)

    def depthwise_macs(self, shape: Shape) -> int | None:
        """Count one kernel's numbers for every number that comes out of the depthwise step."""
        outputs = product(self.depthwise_shape(shape))
        return None if outputs is None else outputs * self.kernel_size[0] * self.kernel_size[1]


class DepthwiseConv2D(DepthwiseConvolution):
    """Each channel convolved alone. Output `(height', width', channels · depth_multiplier)`."""

    type: Literal["DepthwiseConv2D"]

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(height', width', channels · depth_multiplier)`."""
        return self.depthwise_shape(inputs[0])

    def weights(self, *inputs: Shape) -> Weights | None:
        """Count (kernel height · kernel width + 1) · channels · depth_multiplier."""
        channels = inputs[0][2]
        if channels is None:
            return None
        return Weights((self.kernel_size[0] * self.kernel_size[1] + self.use_bias) * channels * self.depth_multiplier)

    def macs(self, *inputs: Shape) -> int | None:
        """Count the depthwise step."""
        return self.depthwise_macs(inputs[0])


class SeparableConv2D(DepthwiseConvolution):
    """A depthwise step, then a 1×1 convolution over the channels (Chollet, "Xception", 2017)."""

    type: Literal["SeparableConv2D"]
    filters: Units
    pointwise_initializer: KernelInitializer = "glorot_uniform"
    pointwise_regularizer: KernelRegularizer | None = None
    pointwise_constraint: KernelConstraint | None = None

    def kernels(self) -> dict[str, Pair]:
        """Give the depthwise kernel and the pointwise one."""
        return {**super().kernels(), "pointwise_initializer": (1, 1)}

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(height', width', filters)`."""
        height, width, channels = self.depthwise_shape(inputs[0])
        check_kernel(self.pointwise_initializer, (1, 1), "pointwise_initializer", (channels, known(self.filters)))
        return height, width, known(self.filters)

    def weights(self, *inputs: Shape) -> Weights | None:
        """Count (kernel height · kernel width + filters) · channels · depth_multiplier + filters."""
        channels, filters = inputs[0][2], known(self.filters)
        if channels is None or filters is None:
            return None
        between = channels * self.depth_multiplier
        return Weights((self.kernel_size[0] * self.kernel_size[1] + filters) * between + self.use_bias * filters)

    def macs(self, *inputs: Shape) -> int | None:
        """Count the depthwise step and the pointwise one."""
        depthwise, between = self.depthwise_macs(inputs[0]), product(self.depthwise_shape(inputs[0]))
        filters = known(self.filters)
        if depthwise is None or between is None or filters is None:
            return None
        return depthwise + between * filters
