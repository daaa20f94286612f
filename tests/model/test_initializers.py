"""Kernels of given numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnnkeras.model.initializers import FixedKernel

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
