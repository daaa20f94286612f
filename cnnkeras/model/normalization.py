"""Batch normalization by TensorFlow's fused kernel, which Keras 3 does not call."""

from __future__ import annotations

from typing import Any

import keras

from cnnkeras.model.backend import ON_TENSORFLOW, fused_inference, fused_training

# What the kernel reads and writes; its statistics are float32 always.
FUSED_TYPES = ("float32", "float16", "bfloat16")


@keras.saving.register_keras_serializable(package="cnnkeras")
class BatchNormalization(keras.layers.BatchNormalization):  # type: ignore[misc]  # Keras carries no types
    """Keras's BatchNormalization, with the same weights, numbers and arguments.

    Normalizes maps `(batch, height, width, channels)` over all but the channels in one pass of the fused kernel,
    in the type that they come in. Everything else (other axes, a mask, statistics of all replicas) is Keras's.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Give the normalized maps; in training, move the averages."""
        if mask is not None or not self._is_fused(inputs):
            return super().call(inputs, training=training, mask=mask)
        gamma = self.gamma if self.scale else keras.ops.ones_like(self.moving_mean)
        beta = self.beta if self.center else keras.ops.zeros_like(self.moving_mean)
        if not (training and self.trainable):
            statistics = (self.moving_mean, self.moving_variance)
            outputs = fused_inference(inputs, gamma, beta, statistics, self.epsilon)
        else:
            outputs, mean, variance = fused_training(inputs, gamma, beta, self.epsilon)
            self._move(self.moving_mean, mean)
            self._move(self.moving_variance, variance)
        return keras.ops.cast(outputs, self.compute_dtype)

    def _is_fused(self, inputs: Any) -> bool:
        others = not ON_TENSORFLOW or self.synchronized or self.renorm or self.variable_dtype != "float32"
        is_map = len(inputs.shape) == 4 and self.axis in (-1, 3)
        return is_map and not others and keras.backend.standardize_dtype(inputs.dtype) in FUSED_TYPES

    def _move(self, average: Any, value: Any) -> None:
        average.assign(average * self.momentum + value * (1.0 - self.momentum))
