"""Batch normalization of a batch that passes through a network in parts. Imported by `backend`.

Each part is normalized by the statistics of all. Variances are about the common mean, in a second pass over parts that
the cache may still hold: the mean of the squares less the square of the mean would be worthless where that is large.
On one core of AVX2 the passes take together what oneDNN's one kernel takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from cnnkeras.model.tensorflow_kernels import fused


def joint_training(
    parts: Sequence[Any], shares: Sequence[Any], gamma: Any, beta: Any, epsilon: float
) -> tuple[list[Any], Any, Any]:
    """Normalize parts, channels last; give them, their mean and their variance, in float32 at least.

    `shares` has 1.0 for a part that counts, and 0.0 for one whose pictures are in another, too. No gradient flows
    through the statistics that are given.
    """
    dtype = tf.float64 if parts[0].dtype == tf.float64 else tf.float32
    shares = [tf.cast(share, dtype) for share in shares]

    @tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
    def normalize(gamma: Any, beta: Any, *parts: Any) -> tuple[Any, Callable[..., Any]]:
        counts = [tf.cast(tf.math.reduce_prod(tf.shape(part)[:-1]), dtype) for part in parts]
        count = _total(counts, shares)
        mean = _total([_sums(part, dtype) for part in parts], shares) / count
        variance = _total([_squares(part, mean) for part in parts], shares) / count
        inverse = tf.math.rsqrt(variance + epsilon)
        outputs = [_scaled(part, mean, inverse * gamma, beta) for part in parts]

        def backward(*upstreams: Any) -> tuple[Any, ...]:
            # The last two are those of the statistics.
            pairs = list(zip(upstreams, parts, strict=False))
            offsets = _total([_sums(upstream, dtype) for upstream, _ in pairs], shares)
            scales = _total([_products(upstream, part, mean, inverse) for upstream, part in pairs], shares)
            sums = (mean, inverse, offsets / count, scales / count)
            inner = [
                _gradient(upstream, part, *sums, inverse * gamma * share)
                for (upstream, part), share in zip(pairs, shares, strict=True)
            ]
            return (scales, offsets, *inner)

        return (*outputs, mean, variance), backward

    *outputs, mean, variance = normalize(tf.cast(gamma, dtype), tf.cast(beta, dtype), *parts)
    return outputs, mean, variance


def _total(each: Sequence[Any], shares: Sequence[Any]) -> Any:
    return tf.add_n([share * one for share, one in zip(shares, each, strict=True)])


@fused
def _sums(x: Any, dtype: Any) -> Any:
    return _over_places(tf.cast(x, dtype))


@fused
def _squares(x: Any, mean: Any) -> Any:
    return _over_places(tf.math.squared_difference(tf.cast(x, mean.dtype), mean))


@fused
def _products(upstream: Any, x: Any, mean: Any, inverse: Any) -> Any:
    return _over_places(tf.cast(upstream, mean.dtype) * (tf.cast(x, mean.dtype) - mean) * inverse)


def _over_places(x: Any) -> Any:
    """Add up over all but the channels: first where a row of numbers is long, which takes a quarter of the time."""
    x = tf.reduce_sum(x, list(range(max(1, len(x.shape) - 2))))
    return tf.reduce_sum(x, 0) if len(x.shape) > 1 else x


@fused
def _scaled(x: Any, mean: Any, scale: Any, offset: Any) -> Any:
    return tf.cast((tf.cast(x, mean.dtype) - mean) * scale + offset, x.dtype)


@fused
def _gradient(upstream: Any, x: Any, mean: Any, inverse: Any, offset: Any, slope: Any, scale: Any) -> Any:
    """Give the gradient of a part: `offset` and `slope` are the means of its gradients and of their products."""
    normalized = (tf.cast(x, mean.dtype) - mean) * inverse
    return tf.cast((tf.cast(upstream, mean.dtype) - offset - normalized * slope) * scale, x.dtype)
