"""Batch normalization by the statistics of all replicas, which meet once forward and once backward.

Keras 3.15 lets them meet three times each way, for the sums, the sums of the squares and the counts, and takes the
variance for the mean of the squares less the square of the mean, of which little is left in float32 where the mean is
large. Here each replica's variance is about its own mean, and they are put together as Chan, Golub and LeVeque 1979 do
it with two samples ("Updating Formulae and a Pairwise Algorithm for Computing Sample Variances").
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from cnnkeras.model.tensorflow_kernels import sum_over_replicas


def synchronized_training(x: Any, gamma: Any, beta: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """Normalize `x`, channels last; give the result, the mean and the variance, in float32 at least.

    No gradient flows through the statistics that are given.
    """
    dtype = tf.float64 if x.dtype == tf.float64 else tf.float32

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
    def normalize(x: Any, gamma: Any, beta: Any) -> tuple[Any, Callable[..., Any]]:
        wide = tf.cast(x, dtype)
        count, mean, variance = _statistics(wide)
        inverse = tf.math.rsqrt(variance + epsilon)
        outputs = wide * (inverse * gamma) + (beta - mean * inverse * gamma)

        def backward(upstream: Any, *_: Any) -> tuple[Any, Any, Any]:
            upstream = tf.cast(upstream, dtype)
            normalized = (wide - mean) * inverse
            offsets, scales = _sums(upstream), _sums(upstream * normalized)
            all_offsets, all_scales = tf.split(sum_over_replicas(tf.concat([offsets, scales], 0)), 2)
            inner = upstream - all_offsets / count - normalized * (all_scales / count)
            return tf.cast(inner * (inverse * gamma), x.dtype), scales, offsets

        return (tf.cast(outputs, x.dtype), mean, variance), backward

    return normalize(x, tf.cast(gamma, dtype), tf.cast(beta, dtype))  # type: ignore[no-any-return]  # it has no types


def _statistics(x: Any) -> tuple[Any, Any, Any]:
    """Give how many numbers a channel has on all replicas, their mean and their variance."""
    own = tf.cast(tf.math.reduce_prod(tf.shape(x)[:-1]), x.dtype)
    # A replica may have no picture in the last batch.
    some = tf.maximum(own, 1)
    mean = _sums(x) / some
    variance = _sums(tf.math.squared_difference(x, mean)) / some
    rows = _of_each_replica(tf.concat([mean, variance, [own]], 0))
    counts = rows[:, -1:]
    means, variances = tf.split(rows[:, :-1], 2, axis=1)
    count = tf.reduce_sum(counts)
    mean = tf.reduce_sum(counts * means, 0) / count
    return count, mean, tf.reduce_sum(counts * (variances + tf.math.squared_difference(means, mean)), 0) / count


def _of_each_replica(row: Any) -> Any:
    """Give every replica's row."""
    context = tf.distribute.get_replica_context()
    own = tf.one_hot(context.replica_id_in_sync_group, context.num_replicas_in_sync, dtype=row.dtype)
    # A sum with zeros, and not a product: what is no number is one replica's alone, until all have it.
    return sum_over_replicas(tf.where(own[:, None] > 0, row, tf.zeros_like(row)))


def _sums(x: Any) -> Any:
    return tf.reduce_sum(x, list(range(len(x.shape) - 1)))
