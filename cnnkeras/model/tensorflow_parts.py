"""Batch normalization of a batch that passes through a network in parts. Imported by `backend`.

Each part is normalized by the statistics of all. The passes over the memory are those of the fused kernels: on one
core, loops made by XLA took four to nine times as long for the sums, and XLA's time to make them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from cnnkeras.model.tensorflow_kernels import fused_inference

Statistics = tuple[Any, Any]


def joint_training(
    parts: Sequence[Any], weights: Sequence[Any], gamma: Any, beta: Any, epsilon: float
) -> tuple[list[Any], Any, Any]:
    """Normalize parts, channels last; give them, their mean and their variance, in float32 at least.

    `weights` are the parts' shares of the batch, 0.0 for a part whose pictures are in another, too: no gradient comes
    to that. None flows through the statistics that are given.
    """
    dtype = tf.float64 if parts[0].dtype == tf.float64 else tf.float32
    gamma, beta, *weights = (tf.cast(number, dtype) for number in (gamma, beta, *weights))
    normalize = _by_definition if dtype == tf.float64 else _by_kernels
    # The kernels take maps alone.
    maps = [tf.reshape(part, [-1, 1, 1, part.shape[-1]]) if len(part.shape) != 4 else part for part in parts]
    outputs, mean, variance = normalize(maps, weights, gamma, beta, epsilon)
    outputs = [tf.reshape(output, tf.shape(part)) for output, part in zip(outputs, parts, strict=True)]
    return outputs, tf.stop_gradient(mean), tf.stop_gradient(variance)


def _by_definition(
    maps: Sequence[Any], weights: Sequence[Any], gamma: Any, beta: Any, epsilon: float
) -> tuple[list[Any], Any, Any]:
    """Normalize numbers of 64 bits, for which there is no kernel."""
    axes = (0, 1, 2)
    mean = _total([tf.reduce_mean(part, axes) for part in maps], weights)
    variance = _total([tf.reduce_mean(tf.math.squared_difference(part, mean), axes) for part in maps], weights)
    return [(part - mean) * tf.math.rsqrt(variance + epsilon) * gamma + beta for part in maps], mean, variance


def _by_kernels(
    maps: Sequence[Any], weights: Sequence[Any], gamma: Any, beta: Any, epsilon: float
) -> tuple[list[Any], Any, Any]:
    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
    def normalize(gamma: Any, beta: Any, *maps: Any) -> tuple[Any, Callable[..., Any]]:
        statistics = _statistics(maps, weights, gamma, beta)
        outputs = [fused_inference(part, gamma, beta, statistics, epsilon) for part in maps]

        def backward(*upstreams: Any) -> tuple[Any, ...]:
            # The last two are those of the statistics.
            inner, scales, offsets = _gradients(upstreams[:-2], maps, weights, gamma, statistics, epsilon)
            return (scales, offsets, *inner)

        return (*outputs, *statistics), backward

    *outputs, mean, variance = normalize(gamma, beta, *maps)
    return outputs, mean, variance


def _statistics(maps: Sequence[Any], weights: Sequence[Any], gamma: Any, beta: Any) -> Statistics:
    """Give the mean and the variance of all: each part's is about its own mean, as in `synchronized_training`."""
    nothing = tf.zeros([0])
    # The kernel normalizes, too, which nobody reads: of three passes one for nothing, and still the fastest.
    results = [
        tf.raw_ops.FusedBatchNormV3(x=part, scale=gamma, offset=beta, mean=nothing, variance=nothing) for part in maps
    ]
    means, variances = zip(*((result.reserve_space_1, result.reserve_space_2) for result in results), strict=True)
    mean = _total(means, weights)
    about_all = [
        variance + tf.math.squared_difference(its_mean, mean)
        for its_mean, variance in zip(means, variances, strict=True)
    ]
    return mean, _total(about_all, weights)


def _gradients(
    upstreams: Sequence[Any],
    maps: Sequence[Any],
    weights: Sequence[Any],
    gamma: Any,
    statistics: Statistics,
    epsilon: float,
) -> tuple[list[Any], Any, Any]:
    """Give the gradients of the parts, of the scale and of the offset.

    The kernel takes a part's own sums for those of all, and gives them. What that makes wrong is a line over the
    normalized part, and the kernel for inference draws it.
    """
    mean, variance = statistics
    each = [
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
    scales = tf.add_n([one.scale_backprop for one in each])
    offsets = tf.add_n([one.offset_backprop for one in each])
    slope = gamma * tf.math.rsqrt(variance + epsilon)

    def of_part(part: Any, weight: Any, its: Any) -> Any:
        of_one = slope / tf.cast(tf.math.reduce_prod(tf.shape(part)[:-1]), slope.dtype)
        line = (of_one * (its.scale_backprop - weight * scales), of_one * (its.offset_backprop - weight * offsets))
        return its.x_backprop + fused_inference(part, *line, statistics, epsilon)

    return [of_part(*its) for its in zip(maps, weights, each, strict=True)], scales, offsets


def _total(each: Sequence[Any], weights: Sequence[Any]) -> Any:
    return tf.add_n([weight * one for weight, one in zip(weights, each, strict=True)])
