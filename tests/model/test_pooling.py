"""Padding under a pooling: it is no data."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.model.pooling import AveragePooling2D, MaxPooling2D

PICTURE = np.arange(1, 10, dtype="float32").reshape(1, 3, 3, 1)
# Not the amounts of "same" where the pool moves by two, so that Keras's own kernel can't do it.
AROUND = {"mode": "zeros", "amount": ((1, 1), (1, 1))}


@pytest.mark.parametrize("strides", [1, 2])
def test_zeros_never_win_a_maximum(strides: int) -> None:
    """A map of negative numbers would get a frame of zeros."""
    y = MaxPooling2D(3, strides, padding=AROUND)(-PICTURE)
    expected = {1: [[-1, -1, -2], [-1, -1, -2], [-4, -4, -5]], 2: [[-1, -2], [-4, -5]]}[strides]
    assert np.asarray(y)[0, :, :, 0].tolist() == expected


@pytest.mark.parametrize("strides", [1, 2])
def test_zeros_never_dilute_an_average(strides: int) -> None:
    """A constant map would get a dark frame."""
    y = AveragePooling2D(3, strides, padding=AROUND)(np.full((1, 3, 3, 1), 5, "float32"))
    np.testing.assert_allclose(y, 5, rtol=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_bfloat16", "mixed_float16"])
def test_an_average_counts_the_pixels_that_are_there(policy: str) -> None:
    """An average at the border would be that of other pixels."""
    y = AveragePooling2D(3, 2, padding=AROUND, dtype=policy)(PICTURE)
    np.testing.assert_allclose(keras.ops.cast(y, "float32")[0, :, :, 0], [[3, 4], [6, 7]], rtol=1e-2)


@pytest.mark.parametrize("kind", [MaxPooling2D, AveragePooling2D])
def test_pools_outside_the_map_are_refused(kind: type) -> None:
    """A maximum of no pixels would be −∞, and an average of none not a number."""
    with pytest.raises(ValueError, match=r"^padding of 2 leaves windows of 2×2 with nothing but padding in them$"):
        kind(2, padding={"mode": "zeros", "amount": ((0, 2), (0, 0))})


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize(("shape", "size"), [((2, 4, 6, 3), (2, 3)), ((1, 8, 8, 1), (2, 2)), ((3, 5, 5, 2), (2, 2))])
def test_the_gradient_of_an_average_is_keras_s(shape: tuple[int, ...], size: tuple[int, int], dtype: str) -> None:
    """The pixels of a window would get another share, or those that no window reads some."""
    random = np.random.default_rng(0)
    x = tf.cast(random.uniform(size=shape), dtype)
    upstream = None
    gradients = []
    for kind in (AveragePooling2D, keras.layers.AveragePooling2D):
        layer = kind(size, dtype=dtype)
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = layer(x, training=True) if kind is AveragePooling2D else layer(x)
        if upstream is None:
            upstream = tf.cast(random.uniform(size=y.shape), dtype)
        gradients.append(tf.cast(tape.gradient(y, x, upstream), "float32"))
    np.testing.assert_allclose(*gradients, rtol=1e-2 if dtype == "bfloat16" else 1e-6)
