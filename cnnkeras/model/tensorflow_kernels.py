"""What TensorFlow's own kernels do faster than Keras's operations on it. Imported by `backend`, and by serving.

Measured on two cores with AMX and TensorFlow 2.21, forward and backward of six 3×3 convolutions on 64×64 pixels,
batch 32, without an optimizer, against "same": padding by `tf.pad` costs 26 % (float32) and 54 % (bfloat16) more;
by one gather, and backward one slice with a small scatter, 18 % and 23 %. Of that, 14 % and 12 % are the copies and
the larger maps alone, which no way of padding before a convolution avoids. `benchmarks/mirror_padding.py` measures
whole training steps. Keras's grouped convolution goes through XLA on a CPU; forward and backward of AlexNet's second
convolution then took nine times as long.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import tensorflow as tf

from cnnkeras.layers.padding import Mode
from cnnkeras.model.mirror import Amounts, source_positions


def sides_of(x: Any) -> tuple[Any, Any, int]:
    """Give height, width and channels: numbers where they are known, scalar tensors where not."""
    dynamic = tf.shape(x)
    height, width = (x.shape[side] if x.shape[side] is not None else dynamic[side] for side in (1, 2))
    return height, width, x.shape[3]


def mirror_pad(x: Any, mode: Mode, amounts: Amounts) -> Any:
    """Pad by one gather; its gradient folds the border back by one scatter."""
    height, width, channels = sides_of(x)
    rows, columns = source_positions(mode, height, amounts[0]), source_positions(mode, width, amounts[1])
    padded = height + sum(amounts[0]), width + sum(amounts[1])
    sources = (rows[:, None] * width + columns[None, :])[None]
    sources = sources.reshape(-1) if isinstance(sources, np.ndarray) else tf.reshape(sources, [-1])

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
    def pad(pixels: Any) -> tuple[Any, Callable[[Any], Any]]:
        flat = tf.gather(tf.reshape(pixels, (-1, height * width, channels)), sources, axis=1)
        outputs = tf.reshape(flat, (-1, *padded, channels))
        return outputs, lambda upstream: fold(upstream, sources, (height, width), amounts)

    return pad(x)


def fold(upstream: Any, sources: Any, size: tuple[Any, Any], amounts: Amounts) -> Any:
    """Add the border's gradients to the pixels that the border was copied from."""
    (top, _), (left, _) = amounts
    height, width = size
    channels = upstream.shape[3]
    border = border_positions(size, amounts)
    flat = tf.reshape(upstream, (-1, height_times_width(upstream), channels))
    inner = upstream[:, top : top + height, left : left + width]
    firsts = tf.range(tf.shape(upstream)[0])[:, None] * (height * width)
    targets = tf.reshape(firsts + tf.gather(sources, border)[None], (-1, 1))
    additions = tf.reshape(tf.gather(flat, border, axis=1), (-1, channels))
    summed = tf.tensor_scatter_nd_add(tf.reshape(inner, (-1, channels)), targets, additions)
    return tf.reshape(summed, (-1, height, width, channels))


def height_times_width(x: Any) -> Any:
    """Give how many pixels a map has."""
    height, width, _ = sides_of(x)
    return height * width


def border_positions(size: tuple[Any, Any], amounts: Amounts) -> Any:
    """Give the flat positions in the padded map that lie outside the map itself."""
    inside = []
    for side, (before, after) in zip(size, amounts, strict=True):
        static = all(isinstance(number, int) for number in (side, before, after))
        positions = (np.arange if static else tf.range)(side + before + after)
        inside.append((positions >= before) & (positions < before + side))
    outside = ~(inside[0][:, None] & inside[1][None, :])
    if isinstance(outside, np.ndarray):
        return np.flatnonzero(outside).astype("int32")
    return tf.cast(tf.where(tf.reshape(outside, [-1]))[:, 0], "int32")


def grouped_convolution(x: Any, kernel: Any, strides: Any, padding: str, dilation_rate: Any) -> Any:
    """Convolve groups in one kernel where the processor's library has its gradient, else one by one."""
    if has_grouped_gradient():
        return tf.nn.convolution(x, kernel, list(strides), padding.upper(), dilations=dilation_rate)
    return group_by_group(x, kernel, strides, padding, dilation_rate)


def group_by_group(x: Any, kernel: Any, strides: Any, padding: str, dilation_rate: Any) -> Any:
    """Convolve groups one by one, which every build of TensorFlow can."""
    groups = x.shape[-1] // kernel.shape[-2]
    parts = zip(tf.split(x, groups, axis=-1), tf.split(kernel, groups, axis=-1), strict=True)
    how = {"strides": list(strides), "padding": padding.upper(), "dilations": dilation_rate}
    return tf.concat([tf.nn.convolution(part, weights, **how) for part, weights in parts], axis=-1)


@cache
def has_grouped_gradient() -> bool:
    """Try it: TensorFlow has the gradient on a CPU with oneDNN only, and nothing tells whether that is in use."""
    with tf.init_scope(), tf.device("CPU:0"), tf.GradientTape() as tape:
        x, kernel = tf.zeros((1, 2, 2, 2)), tf.zeros((1, 1, 1, 2))
        tape.watch((x, kernel))
        y = tf.nn.conv2d(x, kernel, 1, "VALID")
        try:
            tape.gradient(y, (x, kernel))
        except (tf.errors.InvalidArgumentError, tf.errors.UnimplementedError):
            return False
        return True


@tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
def silu(x: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Give `x · sigmoid(x)`, forward and backward in one pass over the memory each.

    TensorFlow's own operations take several, in bfloat16 one number at a time: on two cores with AMX three to four
    times as long. XLA, whose convolutions on a processor are slow, makes one loop of them. Not for an export: a
    server need not have XLA.
    """
    return _silu(x), lambda upstream: _silu_gradient(x, upstream)


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _silu(x: Any) -> Any:
    wide = tf.cast(x, tf.float32)
    return tf.cast(wide * tf.sigmoid(wide), x.dtype)


@tf.function(jit_compile=True, autograph=False)  # type: ignore[untyped-decorator]
def _silu_gradient(x: Any, upstream: Any) -> Any:
    wide = tf.cast(x, tf.float32)
    share = tf.sigmoid(wide)
    return tf.cast(tf.cast(upstream, tf.float32) * share * (1 + wide * (1 - share)), x.dtype)


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


def sum_over_replicas(x: Any) -> Any:
    """Add up what each replica has, where there are several; give it as it is elsewhere."""
    context = tf.distribute.get_replica_context()
    x = tf.stop_gradient(x)
    if context is None or context.num_replicas_in_sync == 1:
        return x
    return context.all_reduce(tf.distribute.ReduceOp.SUM, x)
