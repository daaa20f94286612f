"""Which places of a detector speak for what it finds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkeras.inspection.answering_places import answering_places
from tests.inspection.networks import architecture_of

SIDE, REG_MAX, CLASSES = 36, 4, 3
CONVOLUTION = {"type": "Conv2D", "filters": 4 * REG_MAX + CLASSES, "kernel_size": 3, "padding": "same", "strides": 2}
LAYERS: list[dict[str, Any]] = [
    {"type": "PadToMultiple", "multiple": 16},
    {**CONVOLUTION, "filters": 8},
    {**CONVOLUTION, "filters": 8},
    {**CONVOLUTION, "name": "fine"},
    {**CONVOLUTION, "name": "coarse"},
    {"type": "DetectionHead", "reg_max": REG_MAX, "inputs": ["fine", "coarse"]},
]


# Of 6 × 6 places of 8 pixels, and 3 × 3 of 16, that reach beyond the picture.
@pytest.mark.parametrize(("place", "rows", "columns"), [(8, (8, 16), (16, 24)), (36 + 5, (16, 32), (32, 36))])
def test_the_place_that_answers_is_bright(
    place: int, rows: tuple[int, int], columns: tuple[int, int], tmp_path: Path
) -> None:
    """The figure would be blank, or show another place than the one that found the thing."""
    architecture = architecture_of(tmp_path, LAYERS, task="detection", input={"shape": [SIDE, SIDE, 1]})
    outputs = np.full((1, 36 + 9, 4 * REG_MAX + CLASSES), -30.0, np.float32)
    outputs[0, place, -2] = 2.0
    # Many places that are hardly sure of another class are not the answer.
    outputs[0, :, -1] = -3.0
    found = answering_places(lambda *_, **__: outputs, architecture, [np.zeros((SIDE, SIDE, 1), np.uint8)])
    assert list(found.classes) == [1]
    assert found.maps.shape == (1, SIDE, SIDE)
    (bright,) = found.maps
    assert bright[slice(*rows), slice(*columns)].max() == 1.0
    row, column = np.unravel_index(bright.argmax(), bright.shape)
    assert rows[0] <= row < rows[1]
    assert columns[0] <= column < columns[1]
    assert bright[0, 0] < 1e-6
