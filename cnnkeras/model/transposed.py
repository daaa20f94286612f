"""Keras's transposed convolution with holes in its kernel, on every processor."""

from __future__ import annotations

from typing import Any

import keras

from cnnkeras.layers.reach import Pair


@keras.saving.register_keras_serializable(package="cnnkeras")
class Conv2DTranspose(keras.layers.Conv2DTranspose):  # type: ignore[misc]  # Keras carries no types
    """Keras's Conv2DTranspose, its dilated kernel written out with zeros in the holes.

    TensorFlow 2.21 has the dilated operation on a processor by oneDNN alone, in bfloat16 only with AVX-512: elsewhere,
    on a server too, it fails with "Current CPU implementations do not yet support dilation rates larger than 1".
    """

    def call(self, inputs: Any) -> Any:
        """Spread each input over the kernel, add the bias, activate."""
        outputs = keras.ops.conv_transpose(
            inputs,
            with_holes(self.kernel, self.dilation_rate),
            strides=self.strides,
            padding=self.padding,
            output_padding=self.output_padding,
            data_format=self.data_format,
        )
        if self.use_bias:
            shape = (1, 1, 1, -1) if self.data_format == "channels_last" else (1, -1, 1, 1)
            outputs = keras.ops.add(outputs, keras.ops.reshape(self.bias, shape))
        return outputs if self.activation is None else self.activation(outputs)


def with_holes(kernel: Any, dilation_rate: Pair) -> Any:
    """Give a kernel `(height, width, filters, channels)` with `dilation_rate - 1` zeros between its numbers."""
    (high, wide), (height, width, *ends) = dilation_rate, kernel.shape
    apart = keras.ops.reshape(kernel, (height, 1, width, 1, *ends))
    filled = keras.ops.pad(apart, ((0, 0), (0, high - 1), (0, 0), (0, wide - 1), (0, 0), (0, 0)))
    whole = keras.ops.reshape(filled, (height * high, width * wide, *ends))
    return whole[: (height - 1) * high + 1, : (width - 1) * wide + 1]
