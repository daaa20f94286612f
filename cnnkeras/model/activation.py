"""Activations that TensorFlow computes in many passes over the memory, fused into one."""

from __future__ import annotations

from typing import Any

import keras

from cnnkeras.model.backend import silu

# Where Keras keeps the logits beside what its softmax and sigmoid give.
LOGITS = "_keras_logits"


@keras.saving.register_keras_serializable(package="cnnkeras")
class Activation(keras.layers.Activation):  # type: ignore[misc]  # Keras carries no types
    """Keras's Activation, with the same arguments and numbers; SiLU is fused while the network is trained."""

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Give the activated inputs."""
        is_fused = training and self.activation is keras.activations.silu and self.compute_dtype != "float64"
        return silu(inputs) if is_fused else super().call(inputs)
