"""Maps laid out as one picture."""

import numpy as np

from cnnkeras.inspection.epoch_looks import spread
from cnnkeras.inspection.montage import montage


def test_lays_out_maps_in_order_at_one_scale() -> None:
    """A map could not be told from its neighbour, or a silent one would look busy."""
    maps = np.stack([np.full((32, 32), value, np.float32) for value in (0.0, 1.0, 2.0)])
    sheet = montage(maps, columns=2)
    assert sheet.shape == (66, 66)
    assert (sheet[0, 0], sheet[0, 33], sheet[33, 0]) == (0, 127, 255)
    # Where there is no map the sheet is white.
    assert sheet[33, 33] == 255


def test_negative_values_are_darker_than_nothing() -> None:
    """A filter that weighs against something would look like one that does nothing."""
    sheet = montage(np.array([[[-1.0, 0.0, 1.0]]], np.float32))
    assert [int(sheet[0, column]) for column in (0, 11, 22)] == [1, 128, 255]


def test_maps_without_any_activity_are_drawn() -> None:
    """A dead layer would end the training with a division by zero."""
    assert (montage(np.zeros((1, 40, 40), np.float32))[:40, :40] == 0).all()


def test_a_network_that_diverged_is_drawn() -> None:
    """The training would end in a traceback because of its looks."""
    sheet = montage(np.array([[[np.nan, np.inf, 1.0]]], np.float32))
    assert [int(sheet[0, column]) for column in (0, 11, 22)] == [0, 0, 255]


def test_layers_are_taken_from_the_whole_network() -> None:
    """Only the first layers of a deep network would be followed."""
    assert spread(list(range(10)), 4) == [0, 3, 6, 9]
    assert spread([1, 2], 4) == [1, 2]
