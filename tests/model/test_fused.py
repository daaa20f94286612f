"""Functions that XLA makes one program of."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.model.backend import fused, fused_rows


def weighed_squares(x: tf.Tensor, factors: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.square(x) * factors, axis=1)


@pytest.mark.parametrize("rows", [1, 3])
def test_gives_each_row_its_own_gradient(rows: int) -> None:
    """A detector would learn from one picture what another was wrong about."""
    x, factors = tf.reshape(tf.range(4.0 * rows), (rows, 4)), tf.reshape(tf.range(4.0 * rows, 0, -1), (rows, 4))
    importance = tf.range(1.0, rows + 1)
    function = fused_rows(weighed_squares)
    with tf.GradientTape() as tape:
        tape.watch(x)
        values = function(x, factors)
        total = tf.reduce_sum(values * importance)
    np.testing.assert_allclose(values, weighed_squares(x, factors), rtol=1e-6)
    np.testing.assert_allclose(tape.gradient(total, x), 2 * x * factors * importance[:, tf.newaxis], rtol=1e-6)


def test_gives_what_the_function_gives() -> None:
    """A number of Python's in the arguments would be taken for a tensor, whose shapes are not known."""
    both = fused(lambda x, times: (tf.tile(x, [times]), tf.reduce_sum(x)))
    tiled, total = both(tf.constant([1.0, 2.0]), 2)
    assert tiled.numpy().tolist() == [1, 2, 1, 2]
    assert float(total) == 3
