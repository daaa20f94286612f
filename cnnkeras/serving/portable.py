"""Layers that compute otherwise on a server, where the fastest way here can't be counted on."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from cnnkeras.model.convolution import Conv2D


class PortableConv2D(Conv2D):
    """Convolves groups one by one.

    One grouped operation needs oneDNN on a processor, and TF Serving's may lack it: there TensorFlow fails with
    "Fused conv implementation does not support grouped convolutions for now".
    """

    def convolution_op(self, inputs: Any, kernel: Any) -> Any:
        """Convolve the padded map."""
        if self.groups == 1:
            return super().convolution_op(inputs, kernel)
        parts = zip(tf.split(inputs, self.groups, axis=-1), tf.split(kernel, self.groups, axis=-1), strict=True)
        how = (list(self.strides), self.padding.upper(), None, list(self.dilation_rate))
        return tf.concat([tf.nn.convolution(part, weights, *how) for part, weights in parts], axis=-1)


# By the names under which Keras finds the layers that they stand for.
PORTABLE = {"cnnkeras>Conv2D": PortableConv2D}
