"""Pooling."""

from __future__ import annotations

from cnnkeras.layers.reach import Extent, Window

from .building import build, problem


def test_strides_default_to_the_window() -> None:
    """Windows would overlap where Keras's don't."""
    layer = build("MaxPooling2D", pool_size=(3, 2))
    assert layer.output_shape((9, 9, 4)) == (3, 4, 4)
    assert layer.reach((9, 9, 4)) == Window((3, 2), (3, 2))
    assert (layer.weights((9, 9, 4)), layer.macs((9, 9, 4))) == ((0, 0), 0)


def test_overlapping_pooling() -> None:
    """AlexNet's pooling would not give 27×27 from 55×55."""
    assert build("MaxPooling2D", pool_size=3, strides=2).output_shape((55, 55, 96)) == (27, 27, 96)


def test_global_pooling() -> None:
    """A classifier's head would not see one number for each channel."""
    assert build("GlobalAveragePooling2D").output_shape((7, None, 4)) == (4,)
    assert build("GlobalMaxPooling2D", keepdims=True).output_shape((7, 7, 4)) == (1, 1, 4)
    assert build("GlobalMaxPooling2D").reach((7, 7, 4)) is Extent.WHOLE


def test_problems() -> None:
    """A pooling that can't be computed would not say why."""
    assert problem(build("MaxPooling2D"), (1, 1, 4)) == (
        "pool 2×2 does not fit its 1×1 input",
        'padding "same" fits any input, or use a pool of at most 1',
        "pool_size",
    )
    assert problem(build("AveragePooling2D", pool_size=2, padding={"amount": 2}), (8, 8, 4)) == (
        "padding of 2 leaves windows of 2×2 with nothing but padding in them",
        'use an amount of at most 1, or mode "replicate"',
        "padding",
    )
    assert problem(build("GlobalAveragePooling2D"), (10,)) == (
        "needs a map (height×width×channels), and its input is 10",
        "put GlobalAveragePooling2D before the Flatten or the global pooling, or use Reshape to make a map again",
        None,
    )


def test_a_mirror_may_be_wider_than_the_window() -> None:
    """Mirrored pixels are data, and would be refused like zeros."""
    layer = build("MaxPooling2D", padding={"mode": "replicate", "amount": 3})
    assert layer.output_shape((8, 8, 4)) == (7, 7, 4)
