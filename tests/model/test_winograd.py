"""Gradients of 3×3 kernels by Winograd's transforms, against TensorFlow's own in twice as many digits."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.model.convolution import Conv2D
from cnnkeras.model.tensorflow_winograd import AT_A_TIME, pays, saves, transformed_gradient, windows
from cnnkeras.model.winograd import by_winograd

# In windows filled up, of channels that are no power of two, and of so many pictures that they come in groups.
SHAPES = [(5, 8, 12, 32), (3, 14, 7, 17), (1, 4, 4, 40), (37, 16, 12, 16)]
assert SHAPES[-1][0] * windows(SHAPES[-1][1]) * windows(SHAPES[-1][2]) > AT_A_TIME


def numbers(*shape: int) -> Any:
    return tf.constant(np.random.default_rng(sum(shape)).normal(size=shape).astype("float32"))


def exact_gradient(x: Any, upstream: Any, padding: str) -> Any:
    x, upstream = tf.cast(x, "float64"), tf.cast(upstream, "float64")
    kernel = tf.zeros((3, 3, x.shape[-1], upstream.shape[-1]), "float64")
    with tf.GradientTape() as tape:
        tape.watch(kernel)
        y = tf.nn.conv2d(x, kernel, 1, padding)
    return tape.gradient(y, kernel, upstream)


def apart(one: Any, other: Any) -> float:
    return float(np.linalg.norm(np.asarray(one) - np.asarray(other)) / np.linalg.norm(np.asarray(other)))


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_gradient_is_that_of_the_convolution(shape: tuple[int, int, int, int], padding: str) -> None:
    """A net would be trained on other gradients: at a border, in windows filled up, in a last group of pictures."""
    less = 0 if padding == "SAME" else 2
    x, upstream = numbers(*shape), numbers(shape[0], shape[1] - less, shape[2] - less, 48)
    assert apart(transformed_gradient(x, upstream, padding), exact_gradient(x, upstream, padding)) < 1e-5


def test_no_picture_has_no_gradient() -> None:
    """A replica whose share of the last batch is empty would end the training."""
    gradient = transformed_gradient(numbers(0, 8, 8, 32), numbers(0, 8, 8, 16), "SAME")
    np.testing.assert_array_equal(gradient, np.zeros((3, 3, 32, 16)))


def test_it_is_used_where_it_is_faster() -> None:
    """Small layers would train more slowly, and a map whose size nobody knows or of other numbers not at all."""
    kernel = numbers(3, 3, 32, 32)
    assert pays(numbers(1, 8, 8, 32), kernel, "SAME")
    assert not pays(numbers(1, 8, 8, 32), kernel, "VALID"), "6×6 outputs filled up to 8×8"
    assert not pays(tf.cast(numbers(1, 8, 8, 32), "float64"), kernel, "SAME")
    assert not pays(keras.KerasTensor((None, None, 8, 32)), kernel, "SAME")
    assert saves((14, 14), (16, 32))
    assert not saves((14, 14), (16, 16))
    assert not saves((14, 14), (3, 64))


@keras.saving.register_keras_serializable(package="cnnkeras-tests")
class Inner(keras.layers.Conv2D):  # type: ignore[misc]  # Keras carries no types
    """A convolution of somebody else's, as a backbone has them."""


def network(padding: str) -> keras.Model:
    """Two such layers, one of them in a network within, between layers that have no transforms."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((12, 8, 3))
    within = keras.Sequential([keras.Input((12, 8, 40)), Inner(32, 3, padding="same", activation="relu")])
    x = within(FIRST[padding]()(keras.layers.Conv2D(32, 3, padding="same")(inputs)))
    x = keras.layers.Conv2D(32, 3, padding="same", strides=2)(x)
    model = keras.Model(inputs, keras.layers.Dense(3)(keras.layers.GlobalAveragePooling2D()(x)))
    model.compile(keras.optimizers.SGD(0.01), "mse")
    return model


FIRST = {
    "same": lambda: keras.layers.Conv2D(40, 3, padding="same"),
    "reflect": lambda: Conv2D(40, 3, padding="reflect", activation="relu"),
    "explicit": lambda: Conv2D(40, 3, padding={"mode": "replicate", "amount": ((2, 0), (1, 1))}),
}


@pytest.mark.parametrize("padding", FIRST)
def test_a_network_trains_as_without(padding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A net would learn something else, or its kernels' gradients would be the library's after all."""
    from cnnkeras.model import tensorflow_mirror_convolution, tensorflow_winograd

    calls: list[str] = []

    def counted(x: Any, upstream: Any, padding: str) -> Any:
        calls.append(padding)
        return transformed_gradient(x, upstream, padding)

    for module in (tensorflow_winograd, tensorflow_mirror_convolution):
        monkeypatch.setattr(module, "transformed_gradient", counted)
    plain, transformed = network(padding), network(padding)
    by_winograd(transformed)
    x, y = numbers(9, 12, 8, 3), numbers(9, 3)
    for model in (plain, transformed):
        model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    assert len(calls) == 2
    for one, other in zip(transformed.get_weights(), plain.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_a_saved_network_has_nothing_of_it(tmp_path: Path) -> None:
    """A model would need our code to be loaded, or answer something else than it did."""
    model = network("same")
    by_winograd(model)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    assert type(loaded.layers[2]) is keras.layers.Conv2D
    assert "convolution_op" not in vars(loaded.layers[2])
    np.testing.assert_allclose(loaded(numbers(2, 12, 8, 3)), model(numbers(2, 12, 8, 3)), rtol=1e-5, atol=1e-6)
