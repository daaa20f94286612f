"""Borders, resizing, reshaping and the dense layer."""

from __future__ import annotations

import pytest

from cnnkeras.layers.base import Layer
from cnnkeras.layers.reach import POINTWISE, Extent, Spread, Window

from .building import build, mistake, problem


def test_borders() -> None:
    """A padded or cropped map would have another size, or be shifted."""
    padding = build("ZeroPadding2D", padding=((1, 2), (0, 3)))
    assert padding.output_shape((8, None, 4)) == (11, None, 4)
    assert padding.reach((8, 8, 4)) == Window(before=(1, 0))
    cropping = build("Cropping2D", cropping=((1, 2), (0, 3)))
    assert cropping.output_shape((8, 8, 4)) == (5, 5, 4)
    assert cropping.reach((8, 8, 4)) == Window(before=(-1, 0))
    centre = build("CenterCrop", height=5, width=4)
    assert centre.output_shape((8, None, 4)) == (5, 4, 4)
    assert centre.reach((8, 8, 4)) == Window(before=(-1, -2))
    assert centre.reach((4, 8, 4)) is Extent.UNKNOWN
    assert problem(build("Cropping2D", cropping=(1, 4)), (8, 8, 4)) == (
        "cropping 4 and 4 leaves nothing of a width of 8",
        "crop at most 7 of the width in all",
        "cropping",
    )


def test_upsampling_reach() -> None:
    """The receptive field of a decoder would be guessed."""
    assert build("UpSampling2D").output_shape((4, None, 3)) == (8, None, 3)
    assert build("UpSampling2D").reach((4, 4, 3)) == Spread((2, 2), (2, 2))
    bilinear = build("UpSampling2D", size=(2, 3), interpolation="bilinear")
    assert bilinear.reach((4, 4, 3)) == Spread((4, 5), (2, 3), before=(1, 1))
    bicubic = build("UpSampling2D", size=(2, 1), interpolation="bicubic")
    assert bicubic.reach((4, 4, 3)) == Spread((8, 1), (2, 1), before=(3, 0))


def test_resizing() -> None:
    """A resized picture would have another size, or a guessed reach."""
    layer = build("Resizing", height=8, width=16)
    assert layer.output_shape((None, 4, 3)) == (8, 16, 3)
    assert layer.reach((8, 16, 3)) is POINTWISE
    assert layer.reach((4, 16, 3)) == Spread((4, 1), (2, 1), before=(1, 0))
    assert layer.reach((5, 16, 3)) is Extent.UNKNOWN
    both = build("Resizing", height=8, width=8, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True)
    assert problem(both, (4, 4, 3)) == (
        "crop_to_aspect_ratio and pad_to_aspect_ratio can't both be true",
        "set one of the two to false",
        "pad_to_aspect_ratio",
    )


def test_flatten_and_dense() -> None:
    """LeNet-5's first dense layer would not have its 48,120 parameters."""
    assert build("Flatten").output_shape((5, 5, 16)) == (400,)
    assert build("Flatten").output_shape((None, 5, 16)) == (None,)
    dense = build("Dense", units=120)
    assert dense.weights((400,)) == (48_120, 0)
    assert dense.macs((400,)) == 48_000
    assert dense.reach((400,)) is Extent.WHOLE
    assert build("Flatten").reach((5, 5, 16)) is Extent.WHOLE


def test_dense_on_a_map_is_pointwise() -> None:
    """A dense layer on a map would be counted as if it were flattened."""
    dense = build("Dense", units=7, use_bias=False)
    assert dense.output_shape((4, 5, 3)) == (4, 5, 7)
    assert dense.weights((4, 5, 3)) == (21, 0)
    assert dense.macs((4, 5, 3)) == 4 * 5 * 3 * 7
    assert dense.reach((4, 5, 3)) is POINTWISE
    assert build("Dense", units="num_classes").output_shape((9,)) == (None,)


def test_reshape() -> None:
    """-1 would not be worked out, or a wrong total would reach Keras."""
    assert build("Reshape", target_shape=(-1, 4)).output_shape((4, 5, 2)) == (10, 4)
    assert build("Reshape", target_shape=(-1, 4)).output_shape((None, 5, 2)) == (None, 4)
    assert problem(build("Reshape", target_shape=(3, -1)), (4, 5, 2)) == (
        "the 40 numbers of a 4×5×2 input don't fill 3×?",
        "the sizes must multiply to 40; one of them may be -1",
        "target_shape",
    )
    assert problem(build("Reshape", target_shape=(4, 5)), (4, 5, 2))[0] == (
        "the 40 numbers of a 4×5×2 input don't fill 4×5"
    )


@pytest.mark.parametrize("target_shape", [(), (-1, -1), (0, 4), (-2,), 4, (1.0,), (1,) * 8])
def test_reshape_mistakes(target_shape: object) -> None:
    """A shape that is none would reach Keras."""
    assert mistake("Reshape", target_shape=target_shape) == (
        "must be a list of 1 to 7 integers of at least 1, one of which may be -1 for what is left",
        None,
    )


def test_permute() -> None:
    """Axes would change places that Keras leaves."""
    layer = build("Permute", dims=(3, 1, 2))
    assert layer.output_shape((4, 5, None)) == (None, 4, 5)
    assert layer.reach((4, 5, 2)) is Extent.UNKNOWN
    assert build("Permute", dims=(1, 2, 3)).reach((4, 5, 2)) is POINTWISE
    assert problem(layer, (9,)) == (
        "dims has 3 axes, and the 9 input has 1",
        "give each number from 1 to 1 once",
        "dims",
    )
    assert mistake("Permute", dims=(1, 3)) == (
        "must name each axis once, counted from 1",
        "[2, 1, 3] swaps height and width",
    )


@pytest.mark.parametrize("layer", [build("Reshape", target_shape=(4, 2)), build("Permute", dims=(2, 1))])
def test_a_shape_is_written_down_without_a_warning(layer: Layer) -> None:
    """A run would fill the terminal with pydantic's warnings when it draws the graph."""
    assert list(layer.model_dump(mode="json").values())[-1] in ([4, 2], [2, 1])
