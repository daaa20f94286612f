"""The transposed convolution, which makes a map larger: Dumoulin and Visin 2016, chapter 4."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from cnnkeras.layers.base import Dimension, KerasLayer, Layer, LayerProblem, Shape, Weights, require_map
from cnnkeras.layers.convolution import check_strides
from cnnkeras.layers.fields import Activation, NaturalPair, Pair, Units, known
from cnnkeras.layers.kernels import KernelInitializer, check_kernel, keras_kernel
from cnnkeras.layers.padding import extent
from cnnkeras.layers.reach import Reach, Spread
from cnnkeras.layers.weights import Constraint, Initializer, KernelConstraint, KernelRegularizer, Regularizer


def _growing_padding(value: Any) -> Any:
    if value in ("valid", "same"):
        return value
    raise PydanticCustomError(
        "growing_padding",
        'must be "valid" or "same"',
        {
            "hint": "a transposed convolution crops its output and reads nothing beyond its input; "
            "for a mirrored border use UpSampling2D, then a Conv2D with that padding"
        },
    )


GrowingPadding = Annotated[
    Literal["valid", "same"], PlainValidator(_growing_padding), WithJsonSchema({"enum": ["valid", "same"]})
]


class Conv2DTranspose(Layer):
    """Input `(height, width, channels)`, output `(height · strides, width · strides, filters)` with "same"."""

    type: Literal["Conv2DTranspose"]
    filters: Units
    kernel_size: Pair
    strides: Pair = (1, 1)
    padding: GrowingPadding = "valid"
    output_padding: NaturalPair | None = None
    dilation_rate: Pair = (1, 1)
    activation: Activation | None = None
    use_bias: bool = True
    kernel_initializer: KernelInitializer = "glorot_uniform"
    bias_initializer: Initializer = "zeros"
    kernel_regularizer: KernelRegularizer | None = None
    bias_regularizer: Regularizer | None = None
    activity_regularizer: Regularizer | None = None
    kernel_constraint: KernelConstraint | None = None
    bias_constraint: Constraint | None = None

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(height', width', filters)`."""
        height, width, channels = require_map(inputs[0], "Conv2DTranspose")
        check_strides(self.strides, self.dilation_rate)
        self._check_kernel_covers()
        self._check_output_padding()
        # Keras stores the kernel the way the forward convolution has it: outputs before inputs.
        channel_sizes = (known(self.filters), channels)
        check_kernel(self.kernel_initializer, self.kernel_size, "kernel_initializer", channel_sizes)
        return self._grown(height, 0), self._grown(width, 1), known(self.filters)

    def _check_kernel_covers(self) -> None:
        """Raise LayerProblem for one pixel at a time: it would be an UpSampling2D with holes.

        Its gradient in TensorFlow 2.21 writes past its memory on a CPU, and the process ends.
        """
        if self.kernel_size == (1, 1) and max(self.strides) > 1:
            raise LayerProblem(
                f"kernel 1×1 with strides {self.strides[0]}×{self.strides[1]} leaves the pixels between empty",
                hint=f"use a kernel of at least {max(self.strides)}, or UpSampling2D and a Conv2D",
                field="kernel_size",
            )

    def weights(self, *inputs: Shape) -> Weights | None:
        """Count (kernel height · kernel width · channels + 1) · filters."""
        channels, filters = inputs[0][2], known(self.filters)
        if channels is None or filters is None:
            return None
        return Weights((self.kernel_size[0] * self.kernel_size[1] * channels + self.use_bias) * filters)

    def macs(self, *inputs: Shape) -> int | None:
        """Count one kernel for every input position, as every one is spread out once."""
        height, width, channels = inputs[0]
        filters = known(self.filters)
        if height is None or width is None or channels is None or filters is None:
            return None
        return height * width * channels * self.kernel_size[0] * self.kernel_size[1] * filters

    def reach(self, *inputs: Shape) -> Reach:  # noqa: ARG002 - how much "same" crops does not depend on the input
        """Give where an input is written to."""
        return Spread(self.kernel_size, self.strides, self.dilation_rate, (self._cropped(0), self._cropped(1)))

    def keras_layer(self) -> KerasLayer:
        """Give the Keras layer, with a filter as numbers; ours where its kernel has holes."""
        layer = super().keras_layer()
        layer.config["kernel_initializer"] = keras_kernel(self.kernel_initializer, self.kernel_size)
        return KerasLayer(f"cnnkeras>{layer.class_name}", layer.config) if max(self.dilation_rate) > 1 else layer

    def _span(self, side: int) -> int:
        return extent(self.kernel_size[side], self.dilation_rate[side])

    def _grown(self, size: Dimension, side: int) -> Dimension:
        """Give the output size, as Keras's `compute_conv_transpose_output_shape` has it."""
        if size is None:
            return None
        stride, span = self.strides[side], self._span(side)
        if self.padding == "valid":
            extra = max(stride - span, 0) if self.output_padding is None else self.output_padding[side]
            return (size - 1) * stride + span + extra
        if self.output_padding is None:
            return size * stride
        return (size - 1) * stride + span % 2 + self.output_padding[side]

    def _cropped(self, side: int) -> int:
        """Give how much "same" crops at the top or left: what the forward convolution from the output would pad."""
        if self.padding == "valid":
            return 0
        span = self._span(side)
        kept = self.strides[side] if self.output_padding is None else span % 2 + self.output_padding[side]
        return max(span - kept, 0) // 2

    def _check_output_padding(self) -> None:
        if self.output_padding is None:
            return
        for side in (0, 1):
            amount, stride = self.output_padding[side], self.strides[side]
            if amount >= stride:
                raise LayerProblem(
                    f"output_padding (={amount}) must be smaller than strides (={stride})",
                    hint=f"use an output_padding of at most {stride - 1}, or leave it out",
                    field="output_padding",
                )
            if self.padding == "same" and amount == 0 and self._span(side) % 2 == 0:
                raise LayerProblem(
                    f'output_padding (=0) can\'t be used with padding "same" and an even kernel '
                    f"(={self.kernel_size[side]})",
                    hint="leave output_padding out: the output is then the input times the strides",
                    field="output_padding",
                )
