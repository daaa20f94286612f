"""The transposed convolution."""

from __future__ import annotations

from typing import Any

import pytest

from cnnkeras.layers.reach import Spread

from .building import build, mistake, problem


@pytest.mark.parametrize(
    ("fields", "size", "before"),
    [
        ({"kernel_size": 2, "strides": 2}, 10, 0),  # U-Net's up-convolution
        ({"kernel_size": 3, "strides": 2}, 11, 0),
        ({"kernel_size": 2, "strides": 3}, 15, 0),
        ({"kernel_size": 2, "strides": 3, "output_padding": 0}, 14, 0),
        ({"kernel_size": 4, "strides": 2, "padding": "same"}, 10, 1),
        ({"kernel_size": 5, "strides": 1, "padding": "same"}, 5, 2),
        ({"kernel_size": 3, "strides": 2, "padding": "same", "output_padding": 0}, 9, 1),
        ({"kernel_size": 3, "dilation_rate": 2}, 9, 0),
    ],
)
def test_size_and_reach(fields: dict[str, Any], size: int, before: int) -> None:
    """A decoder's map would have another size, or look elsewhere, than Keras makes it."""
    layer = build("Conv2DTranspose", filters=3, **fields)
    assert layer.output_shape((5, None, 2)) == (size, None, 3)
    reach = layer.reach((5, None, 2))
    assert isinstance(reach, Spread)
    assert reach.before == (before, before)


def test_weights_and_cost() -> None:
    """U-Net's up-convolutions would be miscounted."""
    layer = build("Conv2DTranspose", filters=512, kernel_size=2, strides=2)
    assert layer.weights((28, 28, 1024)) == (2 * 2 * 1024 * 512 + 512, 0)
    assert layer.macs((28, 28, 1024)) == 28 * 28 * 1024 * 2 * 2 * 512
    assert layer.macs((None, 28, 1024)) is None


def test_problems() -> None:
    """What Keras refuses, or TensorFlow stops at, would not be told before."""
    late = build("Conv2DTranspose", filters=3, kernel_size=3, strides=2, output_padding=(1, 2))
    assert problem(late, (5, 5, 2)) == (
        "output_padding (=2) must be smaller than strides (=2)",
        "use an output_padding of at most 1, or leave it out",
        "output_padding",
    )
    even = build("Conv2DTranspose", filters=3, kernel_size=4, strides=2, padding="same", output_padding=0)
    assert problem(even, (5, 5, 2)) == (
        'output_padding (=0) can\'t be used with padding "same" and an even kernel (=4)',
        "leave output_padding out: the output is then the input times the strides",
        "output_padding",
    )
    both = build("Conv2DTranspose", filters=3, kernel_size=3, strides=2, dilation_rate=2)
    assert problem(both, (5, 5, 2)) == (
        "strides 2×2 and dilation_rate 2×2 can't be combined",
        "set one of the two to 1",
        "dilation_rate",
    )


def test_a_mirror_is_refused() -> None:
    """A mirrored transposed convolution would be accepted and do something else."""
    assert mistake("Conv2DTranspose", filters=3, kernel_size=3, padding="reflect") == (
        'must be "valid" or "same"',
        "a transposed convolution crops its output and reads nothing beyond its input; "
        "for a mirrored border use UpSampling2D, then a Conv2D with that padding",
    )
