"""The fused batch normalization against Keras's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.model import normalization
from cnnkeras.model.normalization import BatchNormalization

SHAPE = (4, 3, 5, 2)
POLICIES = {"float32": 1e-5, "mixed_bfloat16": 2e-2, "mixed_float16": 2e-3}


def maps() -> Any:
    return (3 * np.random.default_rng(0).normal(size=SHAPE) + 2).astype("float32")


def answers(kind: Any, training: bool, trainable: bool = True, **options: Any) -> list[Any]:
    """Give output, gradients and moving averages after one call, in a graph."""
    layer = kind(beta_initializer="ones", trainable=trainable, **options)
    layer.build(SHAPE)
    x, weights = tf.constant(maps()), np.random.default_rng(1).normal(size=SHAPE)
    variables = [variable.value for variable in (layer.gamma, layer.beta) if variable is not None]

    @tf.function
    def run() -> list[Any]:
        with tf.GradientTape() as tape:
            tape.watch([x, *variables])
            y = layer(x, training=training)
            loss = tf.reduce_sum(tf.cast(y, "float32") * weights)
        return [y, *tape.gradient(loss, [x, *variables])]

    results = run()
    assert results[0].dtype == layer.compute_dtype
    return [np.asarray(tf.cast(result, "float32")) for result in (*results, layer.moving_mean, layer.moving_variance)]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"trainable": False},
        {"synchronized": True},
        {"center": False, "scale": False},
        {"epsilon": 1e-7, "momentum": 0.5},
        {"axis": 3},
    ],
    ids=str,
)
def test_numbers_are_those_of_keras(training: bool, policy: str, options: Any) -> None:
    """A net would train or answer differently from the same net in Keras."""
    ours = answers(BatchNormalization, training, dtype=policy, **options)
    theirs = answers(keras.layers.BatchNormalization, training, dtype=policy, **options)
    for our, their in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(our, their, rtol=POLICIES[policy], atol=POLICIES[policy])


@pytest.mark.parametrize(
    ("options", "shape"),
    [({"axis": 1}, SHAPE), ({"synchronized": True, "axis": 1}, SHAPE), ({}, (4, 3)), ({"dtype": "float64"}, SHAPE)],
    ids=str,
)
def test_what_the_kernel_lacks_is_left_to_keras(
    options: Any, shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A net with another axis, or of other numbers, would fail or be wrong."""
    monkeypatch.setattr(normalization, "fused_training", None)
    ours, theirs = BatchNormalization(**options), keras.layers.BatchNormalization(**options)
    x = np.random.default_rng(0).normal(size=shape)
    np.testing.assert_allclose(ours(x, training=True), theirs(x, training=True), rtol=1e-6)


def test_masked_pixels_are_left_to_keras(monkeypatch: pytest.MonkeyPatch) -> None:
    """Statistics would count what a mask leaves out."""
    monkeypatch.setattr(normalization, "fused_training", None)
    mask = np.ones(SHAPE[:3], bool)
    mask[0] = False
    ours = BatchNormalization()(maps(), training=True, mask=mask)
    theirs = keras.layers.BatchNormalization()(maps(), training=True, mask=mask)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6)


def test_one_pixel_has_no_variance() -> None:
    """A batch of one picture of one pixel would make the averages not a number."""
    layer = BatchNormalization(momentum=0.0)
    layer(np.ones((1, 1, 1, 2), "float32"), training=True)
    assert np.asarray(layer.moving_variance.value).tolist() == [0.0, 0.0]


def test_saves_and_loads(tmp_path: Path) -> None:
    """A saved net would lose its averages, or not open."""
    layer = BatchNormalization(momentum=0.5)
    model = keras.Sequential([keras.Input(SHAPE[1:]), layer])
    model(maps(), training=True)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert again.layers[0].momentum == 0.5
    np.testing.assert_array_equal(np.asarray(again(maps())), np.asarray(model(maps())))
