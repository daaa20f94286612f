"""The one switch between TensorFlow's own kernels and Keras's backend-neutral operations.

Every function here gives on each backend the same numbers; on TensorFlow it gives them faster.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras

from cnnkeras.layers.padding import Mode
from cnnkeras.model.mirror import Amounts, source_positions

ON_TENSORFLOW = keras.backend.backend() == "tensorflow"
if ON_TENSORFLOW:
    from cnnkeras.model import (
        tensorflow_activation,
        tensorflow_kernels,
        tensorflow_mirror,
        tensorflow_mirror_convolution,
        tensorflow_parts,
        tensorflow_synchronized,
        tensorflow_winograd,
    )


def mirror_pad(x: Any, mode: Mode, amounts: Amounts, in_place: bool) -> Any:
    """Pad a batch of maps `(batch, height, width, channels)` with its own pixels.

    `amounts` are ((top, bottom), (left, right)), numbers or, where a side is unknown, tensors. In training, in-place
    kernels are faster; XLA has none.
    """
    if ON_TENSORFLOW:
        return tensorflow_mirror.mirror_pad(x, mode, amounts, in_place)
    for side, amount in enumerate(amounts):
        positions = source_positions(mode, keras.ops.shape(x)[side + 1], amount)
        x = keras.ops.take(x, positions, axis=side + 1)
    return x


def resize(x: Any, size: tuple[Any, Any], interpolation: str) -> Any:
    """Bring maps to a height and a width, which on TensorFlow may be tensors."""
    if ON_TENSORFLOW:
        return tensorflow_kernels.resize(x, size, interpolation)
    return keras.ops.image.resize(x, size, interpolation)


def can_mirror_within(x: Any) -> bool:
    """Tell whether there is a faster way than padding such a map before a convolution; see `mirrored_convolution`."""
    return ON_TENSORFLOW and tensorflow_mirror_convolution.can_mirror_within(x)


def mirrored_convolution(x: Any, kernel: Any, mode: Mode, winograd: bool = False) -> Any:
    """Convolve by a 3×3 kernel in steps of one, the border mirrored by one pixel. TensorFlow only.

    `winograd`: the kernel's gradient by Winograd's transforms.
    """
    return tensorflow_mirror_convolution.mirrored_convolution(x, kernel, mode, winograd)


def winograd_pays(x: Any, kernel: Any, padding: str) -> bool:
    """Tell whether over such a map a 3×3 kernel's gradient is faster by Winograd's transforms."""
    return ON_TENSORFLOW and tensorflow_winograd.pays(x, kernel, padding)


def winograd_convolution(x: Any, kernel: Any, padding: str) -> Any:
    """Convolve by a 3×3 kernel in steps of one, its gradient by Winograd's transforms. TensorFlow only."""
    return tensorflow_winograd.convolve(x, kernel, padding)


def grouped_convolution(x: Any, kernel: Any, strides: Any, padding: str, dilation_rate: Any) -> Any:
    """Convolve groups of channels; `kernel` is `(height, width, channels / groups, filters)`."""
    if ON_TENSORFLOW:
        return tensorflow_kernels.grouped_convolution(x, kernel, strides, padding, dilation_rate)
    return keras.ops.conv(x, kernel, list(strides), padding, dilation_rate=dilation_rate)


def silu(x: Any) -> Any:
    """Give `x · sigmoid(x)` in training; on TensorFlow in one pass over the memory."""
    return tensorflow_activation.silu(x) if ON_TENSORFLOW else keras.ops.silu(x)


def relu(x: Any) -> Any:
    """Give `max(x, 0)` in training; with TensorFlow on a processor, a fused gradient for numbers of 16 bits."""
    is_short = keras.backend.standardize_dtype(x.dtype) in {"bfloat16", "float16"}
    is_fused = ON_TENSORFLOW and is_short and tensorflow_kernels.on_processor()
    return tensorflow_activation.relu(x) if is_fused else keras.ops.relu(x)


def average_pool(x: Any, size: tuple[int, int]) -> Any:
    """Average windows that lie side by side and fill a map of known sides, in training; see `on_processor`."""
    return tensorflow_kernels.average_pool(x, size)


def largest(x: Any) -> Any:
    """Give the position `(rows,)` of the largest number of each row; see `on_processor`."""
    return tensorflow_kernels.largest(x)


def confusion(labels: Any, found: Any, counted: Any, classes: int) -> Any:
    """Give the confusion matrix of class numbers `(pixels,)`, of those that are counted; see `on_processor`."""
    return tensorflow_kernels.confusion(labels, found, counted, classes)


def on_processor() -> bool:
    """Tell whether TensorFlow computes, on a processor alone: then what is faster there can be called."""
    return ON_TENSORFLOW and tensorflow_kernels.on_processor()


def fused(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function of tensors without side effects as one program; no gradient is asked of it."""
    return tensorflow_kernels.fused(function) if ON_TENSORFLOW else function


def fused_rows(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function that has a value `(rows,)` for each row of its first argument `(rows, …)` as one program.

    A gradient flows to the first argument alone, and from each value to its own row.
    """
    return tensorflow_kernels.fused_rows(function) if ON_TENSORFLOW else function


def sum_over_replicas(x: Any) -> Any:
    """Add up what each replica of a distributed training has; no gradient flows through it."""
    return tensorflow_kernels.sum_over_replicas(x) if ON_TENSORFLOW else keras.ops.stop_gradient(x)


def fused_training(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalize maps over batch, height and width; give them, their mean and their variance. TensorFlow only."""
    return tensorflow_kernels.fused_training(x, gamma, beta, epsilon)


def fused_inference(x: Any, gamma: Any, beta: Any, statistics: tuple[Any, Any], epsilon: float) -> Any:
    """Normalize maps by a mean and a variance that are given. TensorFlow only."""
    return tensorflow_kernels.fused_inference(x, gamma, beta, statistics, epsilon)


def are_several_replicas() -> bool:
    """Tell whether this is called by one of several replicas of a training."""
    return ON_TENSORFLOW and tensorflow_kernels.are_several_replicas()


def synchronized_training(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalize, channels last, by the mean and the variance of all replicas; give them, too. TensorFlow only."""
    return tensorflow_synchronized.synchronized_training(x, gamma, beta, epsilon)


def joint_training(
    parts: Sequence[Any], shares: Sequence[Any], gamma: Any, beta: Any, epsilon: float
) -> tuple[list[Any], Any, Any]:
    """Normalize the parts of a batch, channels last, by the statistics of all of it; see `on_processor`.

    `shares` are the parts' shares of the batch.
    """
    return tensorflow_parts.joint_training(parts, shares, gamma, beta, epsilon)


def share_of_batch(x: Any) -> Any:
    """Give which share of the examples of this step this replica has, `x` being a batch of them: 1 where it has all."""
    count = keras.ops.cast(keras.ops.shape(x)[0], "float32")
    return count / sum_over_replicas(count)


def summed_over_replicas(sums: Any, x: Any) -> Any:
    """Add up what each replica has summed over its examples `x`, for a loss of all of them together.

    The gradient of the whole is the sum of the replicas' own. A training takes it for the gradient of a mean over
    each one's examples, and weighs it by how many those are; here that is taken back.
    """
    own = sums / keras.ops.cast(keras.ops.maximum(share_of_batch(x), 1e-12), sums.dtype)
    return own + keras.ops.stop_gradient(sum_over_replicas(sums) - own)


def mean_over_replicas(x: Any) -> Any:
    """Give the mean of all numbers that the replicas of a training have in this step together, no gradient through it.

    Each replica's own mean would weigh those that have less to count as much as the others.
    """
    count = keras.ops.cast(keras.ops.size(x), x.dtype)
    total = sum_over_replicas(keras.ops.stack([keras.ops.sum(x), count]))
    return total[0] / total[1]
