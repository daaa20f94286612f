"""Activations forward and backward in one pass over the memory each. Imported by `backend`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from cnnkeras.model.tensorflow_kernels import fused, has_onednn


@tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
def silu(x: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Give `x · sigmoid(x)`, forward and backward in one pass over the memory each.

    TensorFlow's own operations take several, in bfloat16 one number at a time: on two cores with AMX three to four
    times as long. Forward, where oneDNN is in use, a graph has a kernel for the two operations that takes a quarter to
    half of the time of XLA's loop in bfloat16; elsewhere it is that loop. Not for an export: a server need not have
    XLA.
    """
    return x * tf.sigmoid(x) if has_onednn(x.dtype) else _silu(x), lambda upstream: _silu_gradient(x, upstream)


@fused
def _silu(x: Any) -> Any:
    wide = tf.cast(x, tf.float32)
    return tf.cast(wide * tf.sigmoid(wide), x.dtype)


@fused
def _silu_gradient(x: Any, upstream: Any) -> Any:
    wide = tf.cast(x, tf.float32)
    share = tf.sigmoid(wide)
    return tf.cast(tf.cast(upstream, tf.float32) * share * (1 + wide * (1 - share)), x.dtype)


@tf.custom_gradient  # type: ignore[untyped-decorator]  # TensorFlow carries no types
def relu(x: Any) -> tuple[Any, Callable[[Any], Any]]:
    """Give `max(x, 0)`, backward in one loop made by XLA: for numbers of 16 bits.

    Those TensorFlow 2.21 takes one at a time: its own gradient of ReLU was a fifth of a training step of six 3×3
    convolutions in bfloat16, and is a tenth so. Forward it stays TensorFlow's, which the convolution before takes in.
    """
    y = tf.nn.relu(x)
    return y, lambda upstream: _relu_gradient(y, upstream)


@fused
def _relu_gradient(y: Any, upstream: Any) -> Any:
    return tf.where(y > 0, upstream, tf.zeros((), upstream.dtype))
