"""Kernels of given numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnnkeras.model.initializers import Bilinear, FixedKernel

ROWS = ((1, 0), (0, -1), (2, 3))


def test_rows_fill_every_channel() -> None:
    """A Sobel filter on a colour picture would read one colour only."""
    kernel = np.asarray(FixedKernel(ROWS)((3, 2, 4, 5)))
    assert kernel.shape == (3, 2, 4, 5)
    assert (kernel == np.asarray(ROWS)[:, :, None, None]).all()


def test_four_dimensions_are_used_as_they_are() -> None:
    """A kernel that differs by channel would be mixed up."""
    numbers = np.arange(24).reshape(3, 2, 2, 2)
    assert (np.asarray(FixedKernel(numbers.tolist())((3, 2, 2, 2))) == numbers).all()


@pytest.mark.parametrize(("numbers", "shape"), [(ROWS, (3, 3, 1, 1)), (np.ones((3, 2, 1, 1)), (3, 2, 4, 1))])
def test_other_shapes_are_refused(numbers: Any, shape: tuple[int, ...]) -> None:
    """Numbers of another size would be stretched silently."""
    with pytest.raises(ValueError, match=r"a kernel of shape .* is given, and .* is needed"):
        FixedKernel(numbers)(shape)


def test_saves_and_loads(tmp_path: Path) -> None:
    """A saved net of classical filters would not open."""
    layer = keras.layers.DepthwiseConv2D((3, 2), depthwise_initializer=FixedKernel(ROWS), dtype="mixed_bfloat16")
    model = keras.Sequential([keras.Input((4, 4, 2)), layer])
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras").layers[0]
    assert (np.asarray(again.kernel.value) == np.asarray(ROWS)[:, :, None, None]).all()
    assert again.depthwise_initializer.get_config() == {"kernel": [list(row) for row in ROWS]}


@pytest.mark.parametrize("factor", [2, 3, 4])
def test_a_bilinear_kernel_enlarges_as_interpolation_does(factor: int) -> None:
    """A fully convolutional network would begin from something else than its paper's bilinear enlargement."""
    maps = np.random.default_rng(0).random((1, 6, 7, 3), np.float32)
    size = 2 * factor - factor % 2
    layer = keras.layers.Conv2DTranspose(
        3, size, factor, "same", use_bias=False, kernel_initializer=Bilinear(), dtype="float32"
    )
    expected = keras.layers.UpSampling2D(factor, interpolation="bilinear")(maps)
    inner = (slice(None), slice(factor, -factor), slice(factor, -factor))
    np.testing.assert_allclose(np.asarray(layer(maps))[inner], np.asarray(expected)[inner], atol=1e-6)


def test_channels_without_a_partner_get_nothing() -> None:
    """A map of other channels would fail, or be mixed."""
    kernel = np.asarray(Bilinear()((4, 4, 2, 3)))
    assert kernel[:, :, 0, 0].sum() == kernel[:, :, 1, 1].sum() == pytest.approx(4)
    assert kernel.sum() == pytest.approx(8)
