"""Transposed convolutions with holes in their kernel."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.model.tensorflow_kernels import has_grouped_gradient
from cnnkeras.model.transposed import Conv2DTranspose


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize(("kernel_size", "dilation_rate"), [(3, 2), ((2, 3), (3, 1)), ((4, 1), (1, 2))], ids=str)
@pytest.mark.parametrize("activation", [None, "tanh"])
def test_is_that_of_keras(padding: str, kernel_size: Any, dilation_rate: Any, activation: str | None) -> None:
    """A network would compute something else where TensorFlow lacks the dilated operation."""
    if not has_grouped_gradient("float32"):
        pytest.skip("Keras's own needs oneDNN, which is not in use")
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 5, 6, 3)).astype("float32"))
    options: dict[str, Any] = {"padding": padding, "dilation_rate": dilation_rate, "activation": activation}
    ours = Conv2DTranspose(4, kernel_size, bias_initializer="ones", **options)
    theirs = keras.layers.Conv2DTranspose(4, kernel_size, **options)
    for layer in (ours, theirs):
        layer.build(x.shape)
    theirs.set_weights(ours.get_weights())
    answers = []
    for layer in (ours, theirs):
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            loss = tf.reduce_sum(y**2)
        answers.append([y, *tape.gradient(loss, [x, layer.kernel.value, layer.bias.value])])
    for our, their in zip(*answers, strict=True):
        np.testing.assert_allclose(our, their, rtol=1e-4, atol=1e-4)
