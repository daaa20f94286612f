"""A 3×3 convolution on TensorFlow that mirrors its border itself. Imported by `backend`.

The gradient of a padded map is a larger convolution and has to be cut. So this takes the gradient of zeros, and adds in
place what only the border's pixels get (`python -m benchmarks.mirror_padding`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from cnnkeras.layers.padding import Mode
from cnnkeras.model.mirror import Amounts, source_positions
from cnnkeras.model.tensorflow_kernels import gradient_of_kernel, gradient_of_map, has_onednn
from cnnkeras.model.tensorflow_mirror import add_to_pixels, padded_map, sides_of
from cnnkeras.model.tensorflow_winograd import transformed_gradient

ONE_PIXEL: Amounts = ((1, 1), (1, 1))


def can_mirror_within(x: Any) -> bool:
    """Tell whether `mirrored_convolution` can be used: on a processor whose library has the kernels, sides known."""
    return None not in x.shape[1:3] and has_onednn(x.dtype)


def mirrored_convolution(x: Any, kernel: Any, mode: Mode, winograd: bool = False) -> Any:
    """Convolve a map of known sides by a 3×3 kernel in steps of one, its border mirrored by one pixel.

    `winograd`: the kernel's gradient by Winograd's transforms.
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
    def convolve(pixels: Any, weights: Any) -> tuple[Any, Callable[[Any], tuple[Any, Any]]]:
        padded = padded_map(pixels, mode, ONE_PIXEL)

        def gradient(upstream: Any) -> tuple[Any, Any]:
            of_map = gradient_of_mirrored(upstream, weights, tf.shape(pixels), mode)
            if winograd:
                return of_map, transformed_gradient(padded, upstream, "VALID")
            return of_map, gradient_of_kernel(padded, upstream, weights, "VALID")

        return tf.nn.conv2d(padded, weights, 1, "VALID"), gradient

    # A variable read within would have to be handed its gradient in another way.
    return convolve(tf.convert_to_tensor(x), tf.convert_to_tensor(kernel))


def gradient_of_mirrored(upstream: Any, kernel: Any, size: Any, mode: Mode) -> Any:
    """Give the gradient of the map: that of a map padded with zeros, and what its border's copies get beside it.

    A line outside is seen by the output's line beside it alone, through the kernel's first or last line.
    """
    x = gradient_of_map(upstream, kernel, size, "SAME")
    x = add_lines(x, upstream, kernel, mode)
    return add_to_pixels(x, *columns_gradient(upstream, kernel, mode), in_place=True)


def add_lines(x: Any, upstream: Any, kernel: Any, mode: Mode) -> Any:
    """Add to a map, in place, what the lines above and below it get, but for their corners."""
    height, width, channels = sides_of(x)
    above, below = source_positions(mode, height, (1, 1))[[0, -1]]
    firsts = tf.range(tf.shape(x)[0]) * height
    size = tf.stack([tf.shape(x)[0], 1, width, channels])
    # A line of a picture is one run of memory, and is added as one.
    lines = tf.reshape(x, (-1, width * channels))
    for line, weights, target in (
        (upstream[:, :1], kernel[:1], above),
        (upstream[:, -1:], kernel[2:], below),
    ):
        outside = gradient_of_map(line, weights, size, "SAME")
        lines = tf.raw_ops.InplaceAdd(x=lines, i=firsts + target, v=tf.reshape(outside, (-1, width * channels)))
    return tf.reshape(lines, (-1, height, width, channels))


def columns_gradient(upstream: Any, kernel: Any, mode: Mode) -> tuple[Any, Any]:
    """Give what the columns to the left and right get, with the corners, and where it belongs.

    Both are one convolution in two groups.
    """
    height, width, filters = sides_of(upstream)
    channels = kernel.shape[2]
    seen = (np.arange(height)[:, None] * width + np.array([0, width - 1])).reshape(-1).astype("int32")
    columns = tf.gather(tf.reshape(upstream, (-1, height * width, filters)), seen, axis=1)
    ends = tf.concat((kernel[:, 0], kernel[:, 2]), -1)[None]
    size = tf.stack([tf.shape(upstream)[0], 1, height + 2, 2 * channels])
    outside = gradient_of_map(tf.reshape(columns, (-1, 1, height, 2 * filters)), ends, size, "VALID")
    across = source_positions(mode, width, (1, 1))[[0, -1]]
    targets = (source_positions(mode, height, (1, 1))[:, None] * width + across).reshape(-1).astype("int32")
    return targets, tf.reshape(outside, (-1, (height + 2) * 2, channels))
