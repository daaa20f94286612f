"""Batch normalization of a batch that passes through a network in parts. Imported by `backend`.

Each part is normalized by the statistics of all. The passes over the memory are those of the fused kernels: loops made
by XLA took four to nine times as long for the sums on one core, and had to be compiled first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from cnnkeras.model.tensorflow_kernels import fused_inference

# Mean and variance of each channel.
Statistics = tuple[Any, Any]


def joint_training(
    parts: Sequence[Any], shares: Sequence[Any], gamma: Any, beta: Any, epsilon: float
) -> tuple[list[Any], Any, Any]:
    """Normalize parts, channels last; give them, their mean and their variance, in float32 at least.

    On a processor only: what the kernels call the variance is the inverse of a deviation on a GPU. `shares` are the
    parts' shares of the batch, 0 for a part whose pictures are in another, too; what comes out of such a part is to be
    dropped, so that its gradient is 0. No gradient flows through the statistics that are given.
    """
    dtype = tf.float64 if parts[0].dtype == tf.float64 else tf.float32
    gamma, beta = tf.cast(gamma, dtype), tf.cast(beta, dtype)
    shares = [tf.cast(tf.convert_to_tensor(share, dtype_hint=tf.float64), dtype) for share in shares]
    normalize = _by_definition if dtype == tf.float64 else _by_kernels
    # The kernels take maps alone.
    maps = [tf.reshape(part, [-1, 1, 1, part.shape[-1]]) if len(part.shape) != 4 else part for part in parts]
    outputs, mean, variance = normalize(maps, shares, gamma, beta, epsilon)
    outputs = [tf.reshape(output, tf.shape(part)) for output, part in zip(outputs, parts, strict=True)]
    return outputs, tf.stop_gradient(mean), tf.stop_gradient(variance)


def _total(each: Sequence[Any], shares: Sequence[Any]) -> Any:
    return tf.add_n([share * one for share, one in zip(shares, each, strict=True)])


def _by_definition(
    maps: Sequence[Any], shares: Sequence[Any], gamma: Any, beta: Any, epsilon: float
) -> tuple[list[Any], Any, Any]:
    """Normalize numbers of 64 bits, for which there is no kernel."""
    axes = (0, 1, 2)
    mean = _total([tf.reduce_mean(part, axes) for part in maps], shares)
    variance = _total([tf.reduce_mean(tf.math.squared_difference(part, mean), axes) for part in maps], shares)
    return [(part - mean) * tf.math.rsqrt(variance + epsilon) * gamma + beta for part in maps], mean, variance


def _by_kernels(
    maps: Sequence[Any], shares: Sequence[Any], gamma: Any, beta: Any, epsilon: float
) -> tuple[list[Any], Any, Any]:
    """Normalize numbers of 16 and 32 bits."""

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
    def normalize(gamma: Any, beta: Any, *maps: Any) -> tuple[Any, Callable[..., Any]]:
        statistics = _statistics(maps, shares, gamma, beta)
        outputs = [_apart(fused_inference(part, gamma, beta, statistics, epsilon)) for part in maps]

        def backward(*upstreams: Any) -> tuple[Any, ...]:
            # The last two are those of the statistics.
            inner, scales, offsets = _gradients(upstreams[:-2], maps, shares, gamma, statistics, epsilon)
            return (scales, offsets, *inner)

        return (*outputs, *statistics), backward

    *outputs, mean, variance = normalize(gamma, beta, *maps)
    return outputs, mean, variance


def _apart(x: Any) -> Any:
    """Keep TensorFlow from taking a ReLU that follows into the kernel, which in float32 makes 0 of what is no number.

    A lost training would go on with a loss that looks well.
    """
    return tf.ensure_shape(x, [None, *x.shape[1:]])


def _statistics(maps: Sequence[Any], shares: Sequence[Any], gamma: Any, beta: Any) -> Statistics:
    """Give the mean and the variance of all.

    Each part's variance is about its own mean, and they are put together as Chan, Golub and LeVeque 1979 do it
    ("Updating Formulae and a Pairwise Algorithm for Computing Sample Variances"): of the mean of the squares less the
    square of the mean little is left where the mean is large.
    """
    nothing = tf.zeros([0])
    # The kernel normalizes, too, which nobody reads: of three passes one for nothing, and still the fastest.
    results = [
        tf.raw_ops.FusedBatchNormV3(x=part, scale=gamma, offset=beta, mean=nothing, variance=nothing) for part in maps
    ]
    mean = _total([result.reserve_space_1 for result in results], shares)
    about_it = [result.reserve_space_2 + tf.math.squared_difference(result.reserve_space_1, mean) for result in results]
    return mean, _total(about_it, shares)


def _gradients(
    upstreams: Sequence[Any],
    maps: Sequence[Any],
    shares: Sequence[Any],
    gamma: Any,
    statistics: Statistics,
    epsilon: float,
) -> tuple[list[Any], Any, Any]:
    """Give the gradients of the parts, of the scale and of the offset.

    With x̂ the normalized part, u its gradient, S = Σ u·x̂ and O = Σ u over the n numbers that a channel has in all
    parts, the gradient is γ/σ · (u - O/n - x̂·S/n) (Ioffe and Szegedy 2015). The kernel gives it with the part's own Sₚ,
    Oₚ and nₚ. What is missing, γ/(σ·nₚ) · (Oₚ - s·O + x̂·(Sₚ - s·S)) with the share s = nₚ/n, is a line in x̂, for which
    the kernel for inference has the scale and the offset.
    """
    mean, variance = statistics
    results = [
        tf.raw_ops.FusedBatchNormGradV3(
            y_backprop=upstream,
            x=part,
            scale=gamma,
            reserve_space_1=mean,
            reserve_space_2=variance,
            reserve_space_3=tf.zeros([0]),
            epsilon=epsilon,
        )
        for upstream, part in zip(upstreams, maps, strict=True)
    ]
    scales = tf.add_n([result.scale_backprop for result in results])
    offsets = tf.add_n([result.offset_backprop for result in results])
    steepness = gamma * tf.math.rsqrt(variance + epsilon)

    def whole(part: Any, share: Any, own: Any) -> Any:
        factor = steepness / tf.cast(tf.math.reduce_prod(tf.shape(part)[:-1]), steepness.dtype)
        scale, offset = factor * (own.scale_backprop - share * scales), factor * (own.offset_backprop - share * offsets)
        return own.x_backprop + fused_inference(part, scale, offset, statistics, epsilon)

    return [whole(*each) for each in zip(maps, shares, results, strict=True)], scales, offsets
