"""Activations of ours against Keras's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from tensorflow.python.eager import context

from cnnkeras.model.activation import Activation
from cnnkeras.model.tensorflow_kernels import has_onednn

NUMBERS = np.linspace(-20, 20, 4 * 6 * 5 * 3, dtype=np.float32).reshape(4, 6, 5, 3)


def gradients(layer: keras.layers.Layer, training: bool) -> tuple[np.ndarray, np.ndarray]:
    @tf.function  # oneDNN's kernel is a graph's
    def both(x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = tf.cast(layer(x, training=training), tf.float32)
            total = tf.reduce_sum(y * tf.constant(NUMBERS[::-1].copy()))
        return y, tape.gradient(total, x)

    y, gradient = both(tf.constant(NUMBERS))
    return y.numpy(), gradient.numpy()


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 1e-6), ("mixed_bfloat16", 2e-2), ("mixed_float16", 2e-3)])
def test_the_fused_silu_is_silu(dtype: str, tolerance: float, training: bool) -> None:
    """A network with SiLU would learn something else than it answers with."""
    ours = gradients(Activation("silu", dtype=dtype), training)
    keras_own = gradients(keras.layers.Activation("silu", dtype="float32"), False)
    for one, other in zip(ours, keras_own, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance, atol=tolerance * 20)


def both_ways(training: bool, dtype: str = "float32") -> Any:
    """Give a layer's output and its gradient, traced as in a step."""
    layer = Activation("silu", dtype=dtype)

    def step(x: tf.Tensor) -> list[tf.Tensor]:
        y = layer(x, training=training)
        return [y, *tf.gradients(y, x)]

    return tf.function(step).get_concrete_function(tf.TensorSpec(NUMBERS.shape))


def test_only_training_needs_xla() -> None:
    """A server without XLA could not answer."""
    for training in (True, False):
        functions = both_ways(training).graph.as_graph_def().library.function
        assert any("_XlaMustCompile" in function.attr for function in functions) is training


@pytest.mark.parametrize(("dtype", "has_kernel"), [("float32", True), ("bfloat16", True), ("float16", False)])
def test_forward_is_one_kernel_in_training(dtype: str, has_kernel: bool) -> None:
    """In bfloat16 the logistic function would take most of a detector's time, one number after the other."""
    if has_kernel and not has_onednn(dtype):
        pytest.skip("TensorFlow computes without oneDNN here")
    # What becomes of a graph is told to TensorFlow's own tests alone.
    context.enable_run_metadata()
    try:
        both_ways(True, dtype)(tf.constant(NUMBERS))
        graphs = context.export_run_metadata().partition_graphs
    finally:
        context.disable_run_metadata()
    kinds = {node.op for graph in graphs for node in graph.node}
    assert ("_MklSwish" in kinds) is has_kernel
    assert "Sigmoid" not in kinds


def test_it_is_saved(tmp_path: Path) -> None:
    """A detector could not be loaded again."""
    inputs = keras.Input((4, 4, 3))
    model = keras.Model(inputs, Activation("silu", name="silu")(inputs))
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    x = np.ones((1, 4, 4, 3), np.float32)
    np.testing.assert_array_equal(model(x), loaded(x))


@pytest.mark.parametrize("size", [1, 3])
def test_any_number_of_pictures(size: int) -> None:
    """A last, smaller batch would fail, or be computed as another."""
    layer = Activation("silu")
    call = tf.function(lambda x: layer(x, training=True), input_signature=[tf.TensorSpec((None, 6, 5, 3))])
    np.testing.assert_allclose(call(NUMBERS[:size]), keras.ops.silu(NUMBERS[:size]), rtol=1e-5)
