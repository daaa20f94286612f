"""Grouped convolutions, which Keras sends through XLA on a CPU, and strided kernels of one pixel."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.model import tensorflow_kernels
from cnnkeras.model.convolution import Conv2D


def answers(layer: Any, x: Any) -> list[Any]:
    """Give the output and the gradients, in a graph."""

    @tf.function
    def run() -> list[Any]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x)
            loss = tf.reduce_sum(y**2)
        variables = [variable.value for variable in layer.trainable_variables]
        return [y, *tape.gradient(loss, [x, *variables])]

    return run()  # type: ignore[no-any-return]  # TensorFlow carries no types


@pytest.mark.parametrize("native", [True, False], ids=["one kernel", "group by group"])
@pytest.mark.parametrize("options", [{}, {"strides": 2, "padding": "same"}, {"dilation_rate": 2}], ids=str)
def test_groups_are_those_of_keras(native: bool, options: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """AlexNet would be another network here."""
    if native and not tensorflow_kernels.has_grouped_gradient("float32"):
        pytest.skip("this processor's library has no gradient of grouped convolutions")
    monkeypatch.setattr(tensorflow_kernels, "has_grouped_gradient", lambda dtype: native)
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 7, 6, 4)).astype("float32"))
    ours = Conv2D(6, 3, groups=2, bias_initializer="ones", **options)
    theirs = keras.layers.Conv2D(6, 3, groups=2, **options)
    for layer in (ours, theirs):
        layer.build(x.shape)
    theirs.set_weights(ours.get_weights())
    for our, their in zip(answers(ours, x), answers(theirs, x), strict=True):
        np.testing.assert_allclose(our, their, rtol=1e-4, atol=1e-5)


# Gives, with the kernels that the environment names, the norms of each layer's output and of its kernel's gradient.
TRAINED = """
import json
import tensorflow as tf
from cnnkeras.model.convolution import Conv2D
from cnnkeras.model.tensorflow_kernels import has_grouped_gradient

x = tf.reshape(tf.cos(tf.range(2 * 5 * 6 * 4, dtype="float32")), (2, 5, 6, 4))
found = {dtype: has_grouped_gradient(dtype) for dtype in ("float32", "bfloat16", "float64")}
for policy in ("float32", "mixed_bfloat16"):
    for name, options in (("groups", {"groups": 2}), ("mirror", {"padding": "reflect"})):
        layer = Conv2D(6, 3, kernel_initializer="ones", dtype=policy, **options)
        with tf.GradientTape() as tape:
            y = tf.cast(layer(x), "float32")
        found[f"{policy} {name}"] = [float(tf.norm(y)), float(tf.norm(tape.gradient(y, layer.kernel.value)))]
print(json.dumps(found))
"""


def trained_with(setting: str) -> dict[str, Any]:
    """Run `TRAINED` in a process whose TensorFlow has oneDNN or not."""
    environment = {**os.environ, "TF_ENABLE_ONEDNN_OPTS": setting, "CUDA_VISIBLE_DEVICES": "-1"}
    answer = subprocess.run(
        [sys.executable, "-c", TRAINED], env=environment, check=True, capture_output=True, text=True
    )
    return json.loads(answer.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def test_what_trains_by_onednn_trains_without_it() -> None:
    """Groups and mirrored borders would end in TensorFlow's error where oneDNN is off or has no kernel for a type."""
    by_onednn, without = trained_with("1"), trained_with("0")
    kinds = ["float32", "bfloat16", "float64"]
    assert [without.pop(kind) for kind in kinds] == [False] * 3
    assert by_onednn.pop("float64") is False
    for kind in kinds[:2]:
        by_onednn.pop(kind)
    for name, figures in without.items():
        np.testing.assert_allclose(by_onednn[name], figures, rtol=0.02 if "bfloat16" in name else 1e-4, err_msg=name)


@pytest.mark.parametrize("strides", [(2, 2), (1, 3), (3, 2)], ids=str)
@pytest.mark.parametrize("size", [(8, 8), (7, 5)], ids=str)
def test_a_strided_kernel_of_one_pixel_is_that_of_keras(strides: Any, size: Any) -> None:
    """A residual net's shortcut would read other pixels, or its gradient would end the process."""
    x = tf.constant(np.random.default_rng(0).normal(size=(3, *size, 2)).astype("float32"))
    ours = Conv2D(4, 1, strides=strides, bias_initializer="ones")
    ours.build(x.shape)
    (kernel, bias), read = ours.get_weights(), x[:, :: strides[0], :: strides[1]]
    y, x_gradient, kernel_gradient, bias_gradient = answers(ours, x)
    expected = read.numpy() @ kernel[0, 0] + bias
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(bias_gradient, 2 * expected.sum((0, 1, 2)), rtol=1e-4)
    np.testing.assert_allclose(kernel_gradient[0, 0], 2 * np.einsum("bhwc,bhwf->cf", read, expected), rtol=1e-4)
    upstream = np.zeros(x.shape, "float32")
    upstream[:, :: strides[0], :: strides[1]] = 2 * expected @ kernel[0, 0].T
    np.testing.assert_allclose(x_gradient, upstream, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("padding", ["same", "reflect"])
def test_a_relu_in_training_is_that_of_keras(policy: str, padding: str) -> None:
    """A net would be trained on other gradients than those of its activation."""
    x = tf.constant(np.random.default_rng(0).normal(size=(2, 6, 6, 3)).astype("float32"))
    layer = Conv2D(4, 3, padding=padding, activation="relu", dtype=policy, bias_initializer="ones")
    layer.build(x.shape)

    @tf.function
    def run(training: bool) -> list[Any]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.cast(layer(x, training=training), "float32")
            loss = tf.reduce_sum(y**2)
        return [y, *tape.gradient(loss, [x, layer.kernel.value, layer.bias.value])]

    assert (run(True)[0].numpy() == 0).any()
    for trained, served in zip(run(True), run(False), strict=True):
        np.testing.assert_allclose(trained, served, rtol=1e-2, atol=1e-3)
