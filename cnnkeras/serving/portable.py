"""Layers that compute otherwise on a server, where the fastest way here can't be counted on."""

from __future__ import annotations

from typing import Any

from cnnkeras.model.convolution import Conv2D
from cnnkeras.model.tensorflow_kernels import group_by_group


class PortableConv2D(Conv2D):
    """Convolves groups one by one.

    One grouped operation needs oneDNN on a processor, and TF Serving's may lack it: there TensorFlow fails with
    "Fused conv implementation does not support grouped convolutions for now".
    """

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve the padded map."""
        if self.groups == 1:
            return super().convolution_op(inputs, kernel)
        return group_by_group(inputs, kernel, self.strides, self.padding, self.dilation_rate)


# By the names under which Keras finds the layers that they stand for.
PORTABLE = {"cnnkeras>Conv2D": PortableConv2D}
