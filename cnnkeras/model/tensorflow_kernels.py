"""What TensorFlow's own kernels do faster than Keras's operations on it. Imported by `backend`, and by serving.

Keras's grouped convolution goes through XLA on a CPU; forward and backward of AlexNet's second convolution then took
nine times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import tensorflow as tf


def grouped_convolution(x: Any, kernel: Any, strides: Any, padding: str, dilation_rate: Any) -> Any:
    """Convolve groups in one kernel where the processor's library has its gradient, else one by one."""
    if not on_processor() or has_grouped_gradient(tf.as_dtype(x.dtype).name):
        return tf.nn.convolution(x, kernel, list(strides), padding.upper(), dilations=dilation_rate)
    return group_by_group(x, kernel, strides, padding, dilation_rate)


def group_by_group(x: Any, kernel: Any, strides: Any, padding: str, dilation_rate: Any) -> Any:
    """Convolve groups one by one, which every build of TensorFlow can."""
    groups = x.shape[-1] // kernel.shape[-2]
    parts = zip(tf.split(x, groups, axis=-1), tf.split(kernel, groups, axis=-1), strict=True)
    how = {"strides": list(strides), "padding": padding.upper(), "dilations": dilation_rate}
    return tf.concat([tf.nn.convolution(part, weights, **how) for part, weights in parts], axis=-1)


def gradient_of_map(upstream: Any, kernel: Any, size: Any, padding: str) -> Any:
    """Give the gradient of the input, of this size, of a convolution in steps of one."""
    return tf.raw_ops.Conv2DBackpropInput(
        input_sizes=size, filter=kernel, out_backprop=upstream, strides=[1] * 4, padding=padding
    )


def gradient_of_kernel(x: Any, upstream: Any, kernel: Any, padding: str) -> Any:
    """Give the gradient of the kernel of a convolution in steps of one."""
    return tf.raw_ops.Conv2DBackpropFilter(
        input=x, filter_sizes=kernel.shape, out_backprop=upstream, strides=[1] * 4, padding=padding
    )


@cache
def has_grouped_gradient(dtype: str) -> bool:
    """Try it: TensorFlow has the gradient on a CPU with oneDNN only, and nothing tells whether that is in use."""
    # The kernel itself is called: within `init_scope` a tape records nothing, and has no gradient to ask for.
    with tf.init_scope(), tf.device("CPU:0"):
        kernel, upstream = tf.zeros((1, 1, 1, 2), dtype), tf.zeros((1, 2, 2, 2), dtype)
        try:
            tf.raw_ops.Conv2DBackpropInput(
                input_sizes=(1, 2, 2, 2), filter=kernel, out_backprop=upstream, strides=[1] * 4, padding="VALID"
            )
        except (tf.errors.AbortedError, tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
            return False
        return True


def has_onednn(dtype: Any) -> bool:
    """Tell whether oneDNN computes numbers of such a type, and a processor all."""
    name = tf.as_dtype(dtype).name
    return on_processor() and name in {"float32", "bfloat16"} and has_grouped_gradient(name)


def fused(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function of tensors as a program of XLA's, made anew for each form of its arguments."""
    return tf.function(function, jit_compile=True, autograph=False)  # type: ignore[no-any-return]  # it has no types


def fused_rows(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give it so with its gradient by the first argument, both by one program.

    Of that argument `(rows, …)`, each row is to decide about its own value `(rows,)` alone.
    """

    @fused
    def both(x: Any, *others: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = function(x, *others)
        return values, tape.gradient(values, x)

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
    def rows(x: Any, *others: Any) -> tuple[Any, Callable[[Any], Any]]:
        values, gradient = both(x, *others)

        def backward(upstream: Any) -> tuple[Any, ...]:
            return tf.reshape(upstream, [-1, *[1] * (len(x.shape) - 1)]) * gradient, *[None] * len(others)

        return values, backward

    return rows  # type: ignore[no-any-return]  # it has no types


def on_processor() -> bool:
    """Tell whether all computing is the processor's."""
    return not tf.config.list_logical_devices("GPU")


@fused
def largest(x: Any) -> Any:
    """Give where each row `(rows, columns)` is largest: a third of the time of TensorFlow's kernel."""
    return tf.argmax(x, axis=-1, output_type="int32")


def confusion(labels: Any, found: Any, counted: Any, classes: int) -> Any:
    """Give how many of each class `(rows)` were found to be of each `(columns)`, of those that are counted.

    Keras scatters them one by one: for 16 masks of 128×128 pixels and 11 classes that takes four times as long.
    """
    pairs = tf.where(counted, labels * classes + found, classes**2)
    no_weights = tf.zeros((0,), "int64")
    counts = tf.raw_ops.DenseBincount(input=pairs, size=classes**2 + 1, weights=no_weights)
    return tf.reshape(counts[:-1], (classes, classes))


def resize(x: Any, size: tuple[Any, Any], interpolation: str) -> Any:
    """Bring maps to a height and a width, which may be tensors: Keras's own operation refuses those."""
    return tf.cast(tf.image.resize(x, size, interpolation), x.dtype)


def average_pool(x: Any, size: tuple[int, int]) -> Any:
    """Average windows `size` that lie side by side and fill the map, backward in one loop made by XLA.

    oneDNN's own gradient takes two to three times as long, with few channels four times.
    """

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
    def pool(pixels: Any) -> tuple[Any, Callable[[Any], Any]]:
        averages = tf.nn.avg_pool2d(pixels, size, size, "VALID")
        return averages, lambda upstream: _spread_averages(upstream, *size)

    return pool(x)


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _spread_averages(upstream: Any, high: int, wide: int) -> Any:
    _, height, width, channels = upstream.shape
    shares = (upstream / (high * wide))[:, :, None, :, None]
    whole = tf.broadcast_to(shares, [tf.shape(upstream)[0], height, high, width, wide, channels])
    return tf.reshape(whole, [-1, height * high, width * wide, channels])


def fused_training(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalize by the batch's own statistics; give the result, the mean and the variance."""
    outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(x, gamma, beta, epsilon=epsilon, is_training=True)
    # The kernel gives Bessel's variance, for a sample; Keras keeps that of the batch itself.
    count = tf.cast(tf.math.reduce_prod(tf.shape(x)[:-1]), "float32")
    return outputs, mean, variance * (tf.maximum(count - 1, 1) / tf.maximum(count, 1))


def fused_inference(x: Any, gamma: Any, beta: Any, statistics: tuple[Any, Any], epsilon: float) -> Any:
    """Normalize by given statistics."""
    mean, variance = statistics
    return tf.compat.v1.nn.fused_batch_norm(
        x, gamma, beta, mean=mean, variance=variance, epsilon=epsilon, is_training=False
    )[0]


def are_several_replicas() -> bool:
    """Tell whether this is called by one of several replicas."""
    context = tf.distribute.get_replica_context()
    return context is not None and context.num_replicas_in_sync > 1


def sum_over_replicas(x: Any) -> Any:
    """Add up what each replica has, where there are several; give it as it is elsewhere."""
    x = tf.stop_gradient(x)
    if not are_several_replicas():
        return x
    return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, x)
