"""Random layers: their bounds are Keras's, and told in one message."""

from __future__ import annotations

from typing import Any

import pytest

from .building import build, mistake, problem


@pytest.mark.parametrize(
    ("type_name", "fields", "expected"),
    [
        ("RandomRotation", {"factor": 1.5}, ("must be a number from -1 to 1, or [lowest, highest] of two", None)),
        (
            "RandomRotation",
            {"factor": (0.2, 0.1)},
            ("must be a number from -1 to 1, or [lowest, highest] of two", None),
        ),
        (
            "RandomZoom",
            {"height_factor": -1},
            ("must be a number above -1 up to 1, or [lowest, highest] of two", None),
        ),
        (
            "RandomPosterization",
            {"factor": 4.5},
            ("must be an integer from 1 to 8, or [lowest, highest] of two", None),
        ),
        (
            "RandomShear",
            {"x_factor": 0.2},
            (
                "must be 0, or [lowest, highest] between 0 and 1",
                "Keras can't load again what it saves of a single number here; [0, 0.2] is up to 0.2",
            ),
        ),
        (
            "RandomGaussianBlur",
            {"kernel_size": 4},
            ("must be an odd integer from 1 to 99, or [height, width] of two", None),
        ),
        (
            "RandomBrightness",
            {"factor": 0.1, "value_range": (1, 0)},
            ("must be [lowest, highest]", "[0, 1] or [0, 255], as the pictures' numbers are where they come in"),
        ),
    ],
)
def test_mistakes(type_name: str, fields: dict[str, Any], expected: tuple[str, str | None]) -> None:
    """An amount beyond Keras's bounds would stop in Keras, with a traceback."""
    assert mistake(type_name, **fields) == expected


def test_shape_and_weights_stay() -> None:
    """An augmentation would change what the network sees after training."""
    layer = build("RandomFlip")
    assert layer.output_shape((4, None, 1)) == (4, None, 1)
    assert (layer.weights((4, 5, 1)), layer.macs((4, 5, 1))) == ((0, 0), 0)


def test_colours_need_channels() -> None:
    """A change of colours on grey pictures would stop in TensorFlow."""
    hint = "put it before the first convolution, on colour pictures, or use RandomBrightness or RandomContrast"
    assert problem(build("RandomHue", factor=0.1), (4, 5, 1)) == (
        "needs 3 channels, and its input is 4×5×1",
        hint,
        None,
    )
    assert problem(build("RandomGrayscale"), (4, 5, 4)) == ("needs 1 or 3 channels, and its input is 4×5×4", hint, None)
    assert problem(build("RandomFlip"), (20,)) == (
        "needs a map (height×width×channels), and its input is 20",
        "put RandomFlip before the Flatten or the global pooling, or use Reshape to make a map again",
        None,
    )


def test_a_line_has_no_perspective() -> None:
    """A training would end with a matrix that is not invertible."""
    assert problem(build("RandomPerspective"), (1, 8, 1)) == (
        "needs a picture of at least 2×2, and its input is 1×8×1",
        "leave the layer out",
        None,
    )
