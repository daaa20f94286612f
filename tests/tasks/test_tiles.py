"""Which networks can go over a picture in tiles."""

from __future__ import annotations

import pytest

from tests.tasks.conftest import Write, convolution, task_of

pytestmark = pytest.mark.fast
TILES = {"shape": [8, 8, 1], "resize": "tile"}


def test_one_answer_a_picture_has_no_tiles(write: Write) -> None:
    """A classifier would be trained on corners of the pictures, and fail when it is evaluated."""
    architecture = write({"type": "Dense", "units": 3, "activation": "softmax"}, input=TILES)
    (found,) = task_of(architecture).check_training(architecture)
    assert found.path == "input.resize"
    assert found.message == 'input: "tile" is for an answer at every pixel, and the task is classification'
    assert found.hint == 'use "stretch", "letterbox" or "crop"'


def test_outputs_lie_alike_in_a_tile(write: Write) -> None:
    """The outputs of a deeply supervised network would be put together at the wrong places."""
    layers = [convolution(kernel_size=3, name="inner"), convolution(name="outer", inputs="input")]
    architecture = write(*layers, task="segmentation", input=TILES, outputs=["inner", "outer"])
    (found,) = task_of(architecture).check_training(architecture)
    assert found.message == "outputs: of a tile they answer 6×6 and 8×8, and tiles are put together in one way"
    assert found.hint == "bring the outputs to one size"


def test_a_network_of_maps_has_tiles(write: Write) -> None:
    """What "tile" is made for would be refused."""
    architecture = write(convolution(), task="segmentation", input=TILES)
    assert task_of(architecture).check_training(architecture) == []
