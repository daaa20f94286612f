"""Keras's convolutions with every padding, and with groups that train at full speed on a CPU."""

from __future__ import annotations

from typing import Any

import keras

from cnnkeras.layers.padding import ExplicitPadding, Slide, mode_of
from cnnkeras.layers.reach import Pair
from cnnkeras.model.backend import can_mirror_within, grouped_convolution, mirrored_convolution, relu
from cnnkeras.model.padding import Padded


class PaddedConvolution(Padded):
    """What the convolutions share."""

    kernel_size: Pair
    strides: Pair
    dilation_rate: Pair

    def slide(self) -> Slide:
        """Give the kernel's size, strides and dilation."""
        return Slide(self.kernel_size, self.strides, self.dilation_rate)


def is_plain(layer: keras.layers.Conv2D) -> bool:
    """Tell whether a convolution has a 3×3 kernel that goes in steps of one over all channels, which come last."""
    slide = Slide(layer.kernel_size, layer.strides, layer.dilation_rate)
    return slide.is_three_by_three and layer.groups == 1 and layer.data_format == "channels_last"


@keras.saving.register_keras_serializable(package="cnnkeras")
class Conv2D(PaddedConvolution, keras.layers.Conv2D):  # type: ignore[misc]  # Keras carries no types
    """Keras's Conv2D. Its groups don't go through XLA, as Keras's do on TensorFlow.

    A 1×1 kernel with strides reads the pixels that it needs and then goes in steps of one: the same numbers. With
    few channels, the gradient of TensorFlow 2.21's own strided kernel writes past its memory on a CPU, and the
    process ends.
    """

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Convolve, add the bias, activate; in training by a ReLU whose gradient is fused."""
        is_relu = self.activation is keras.activations.relu and self.data_format == "channels_last"
        if not (training and is_relu):
            return super().call(inputs)
        outputs = self.convolution_op(self.pad(inputs), self.kernel)
        if self.use_bias:
            outputs = keras.ops.add(outputs, keras.ops.reshape(self.bias, (1, 1, 1, -1)))
        return relu(outputs)

    def pad(self, x: Any) -> Any:
        """Give the map with its padding around it, where the convolution itself does not see to it."""
        if not self.mirrors_within(x):
            return super().pad(x)
        self._known_amounts(tuple(x.shape[1:3]))  # refuses a map that is too small
        return x

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve the padded map."""
        if self.mirrors_within(inputs):
            return mirrored_convolution(inputs, kernel, mode_of(self.window_padding))
        if self.skips_pixels():
            # The average of one pixel is that pixel. Pooling's kernels take a third of a strided slice's time,
            # forward and backward, and give the same bits.
            inputs = keras.ops.average_pool(inputs, 1, self.strides, "valid", data_format=self.data_format)
            return keras.ops.conv(inputs, kernel, strides=1, padding="valid", data_format=self.data_format)
        if self.groups == 1 or self.data_format != "channels_last":
            return super().convolution_op(inputs, kernel)
        return grouped_convolution(inputs, kernel, self.strides, self.padding, self.dilation_rate)

    def mirrors_within(self, x: Any) -> bool:
        """Tell whether the border is mirrored by the convolution, which is faster in training than a padded map."""
        mirrored = self._pads() and not isinstance(self.window_padding, ExplicitPadding)
        return is_plain(self) and mirrored and self.in_place and can_mirror_within(x)

    def skips_pixels(self) -> bool:
        """Tell whether it reads every second or further pixel only, one at a time."""
        one_pixel = tuple(self.kernel_size) == (1, 1) and self.groups == 1 and self.data_format == "channels_last"
        return one_pixel and max(self.strides) > 1


@keras.saving.register_keras_serializable(package="cnnkeras")
class DepthwiseConv2D(PaddedConvolution, keras.layers.DepthwiseConv2D):  # type: ignore[misc]  # Keras carries no types
    """Keras's DepthwiseConv2D with every padding."""


@keras.saving.register_keras_serializable(package="cnnkeras")
class SeparableConv2D(PaddedConvolution, keras.layers.SeparableConv2D):  # type: ignore[misc]  # Keras carries no types
    """Keras's SeparableConv2D with every padding."""
