"""Batch normalization by TensorFlow's fused kernel, which Keras 3 does not call, and by all replicas' statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from cnnkeras.model.backend import (
    ON_TENSORFLOW,
    are_several_replicas,
    fused_inference,
    fused_training,
    joint_training,
    synchronized_training,
)

# What the kernel reads and writes; its statistics are float32 always.
FUSED_TYPES = ("float32", "float16", "bfloat16")


@keras.saving.register_keras_serializable(package="cnnkeras")
class BatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]  # Keras carries no types
    """Keras's BatchNormalization, with the same weights, numbers and arguments.

    Normalizes maps `(batch, height, width, channels)` over all but the channels in one pass of the fused kernel,
    in the type that they come in; `synchronized`, the replicas of a training meet once each way. Everything else
    (other axes, a mask, renormalization) is Keras's.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Give the normalized maps; in training, move the averages."""
        is_training = bool(training and self.trainable)
        over_replicas = is_training and self.synchronized and are_several_replicas()
        if mask is not None or not self._is_ours(inputs, over_replicas):
            return super().call(inputs, training=training, mask=mask)
        gamma, beta = self._affine()
        if not is_training:
            statistics = (self.moving_mean, self.moving_variance)
            outputs = fused_inference(inputs, gamma, beta, statistics, self.epsilon)
            return keras.ops.cast(outputs, self.compute_dtype)
        if over_replicas:
            outputs, mean, variance = synchronized_training(inputs, gamma, beta, self.epsilon)
        else:
            outputs, mean, variance = fused_training(inputs, gamma, beta, self.epsilon)
        self._move_averages(mean, variance)
        return keras.ops.cast(outputs, self.compute_dtype)

    def call_on_parts(self, parts: Sequence[Any], shares: Sequence[Any]) -> list[Any]:
        """Give the parts of a batch normalized by the statistics of all of it, in training; see `joint_training`."""
        parts = [keras.ops.cast(part, self.compute_dtype) for part in parts]
        outputs, mean, variance = joint_training(parts, shares, *self._affine(), self.epsilon)
        self._move_averages(mean, variance)
        return outputs

    def _affine(self) -> tuple[Any, Any]:
        gamma = self.gamma if self.scale else keras.ops.ones_like(self.moving_mean)
        return gamma, self.beta if self.center else keras.ops.zeros_like(self.moving_mean)

    def _is_ours(self, inputs: Any, over_replicas: bool) -> bool:
        if not ON_TENSORFLOW or self.renorm or self.axis not in (-1, len(inputs.shape) - 1):
            return False
        is_fused = len(inputs.shape) == 4 and self.variable_dtype == "float32"
        return over_replicas or (is_fused and keras.backend.standardize_dtype(inputs.dtype) in FUSED_TYPES)

    def _move_averages(self, mean: Any, variance: Any) -> None:
        self._move(self.moving_mean, mean)
        self._move(self.moving_variance, variance)

    def _move(self, average: Any, value: Any) -> None:
        average.assign(keras.ops.cast(average, value.dtype) * self.momentum + value * (1.0 - self.momentum))
