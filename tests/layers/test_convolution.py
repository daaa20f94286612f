"""Convolutions: sizes, weights, costs, reaches, and what can't be computed."""

from __future__ import annotations

from typing import Any

import pytest

from cnnkeras.layers.base import Shape
from cnnkeras.layers.reach import Extent, Window

from .building import build, mistake, problem


@pytest.mark.parametrize(
    ("fields", "shape", "expected"),
    [
        # LeNet-5's first layer: ⌊(28 + 2·2 − 5)/1⌋ + 1 = 28.
        ({"kernel_size": 5, "padding": {"amount": 2}}, (28, 28, 1), (28, 28)),
        ({"kernel_size": 5}, (32, 32, 1), (28, 28)),
        # AlexNet's first: ⌊(227 − 11)/4⌋ + 1 = 55.
        ({"kernel_size": 11, "strides": 4}, (227, 227, 3), (55, 55)),
        # Dumoulin and Visin 2016, figures 2.5 and 2.7: 5×5 with 3×3, strides 2, padding 1; 6×6 leaves a row.
        ({"kernel_size": 3, "strides": 2, "padding": {"amount": 1}}, (5, 5, 1), (3, 3)),
        ({"kernel_size": 3, "strides": 2, "padding": {"amount": 1}}, (6, 6, 1), (3, 3)),
        # Figure 5.1: 7×7 with 3×3 dilated by 2 gives 3×3.
        ({"kernel_size": 3, "dilation_rate": 2}, (7, 7, 1), (3, 3)),
        ({"kernel_size": 2}, (4, 5, 1), (3, 4)),
        ({"kernel_size": 2, "padding": "same"}, (4, 5, 1), (4, 5)),
        ({"kernel_size": 3, "strides": 2, "padding": "same"}, (5, 6, 1), (3, 3)),
        ({"kernel_size": 3, "strides": 2, "padding": "reflect"}, (5, 6, 1), (3, 3)),
        ({"kernel_size": (3, 5), "padding": {"mode": "replicate", "amount": ((0, 1), (2, 3))}}, (6, 6, 1), (5, 7)),
        ({"kernel_size": 3, "padding": "same"}, (None, 6, 1), (None, 6)),
    ],
)
def test_output_size(fields: dict[str, Any], shape: Shape, expected: Shape) -> None:
    """The size of a map after a convolution would be wrong."""
    assert build("Conv2D", filters=7, **fields).output_shape(shape) == (*expected, 7)


def test_a_filter_bank_of_ten() -> None:
    """(5·5·3 + 1)·10 = 760 would not hold."""
    layer = build("Conv2D", filters=10, kernel_size=5)
    assert layer.weights((32, 32, 3)) == (760, 0)
    assert layer.macs((32, 32, 3)) == 28 * 28 * 10 * 5 * 5 * 3


def test_vgg_first_layers() -> None:
    """VGG16's published 1,792 and 36,928 parameters would not hold."""
    assert build("Conv2D", filters=64, kernel_size=3).weights((224, 224, 3)) == (1792, 0)
    assert build("Conv2D", filters=64, kernel_size=3).weights((224, 224, 64)) == (36_928, 0)


def test_groups_share_the_channels() -> None:
    """AlexNet's second layer would have twice its 307,456 parameters."""
    layer = build("Conv2D", filters=256, kernel_size=5, groups=2, padding="same")
    assert layer.weights((27, 27, 96)) == (5 * 5 * 48 * 256 + 256, 0)
    assert layer.macs((27, 27, 96)) == 27 * 27 * 256 * 5 * 5 * 48


def test_num_classes_stay_unknown() -> None:
    """A head's size would be guessed before the data is known."""
    layer = build("Conv2D", filters="num_classes", kernel_size=1)
    assert layer.output_shape((8, 8, 4)) == (8, 8, None)
    assert (layer.weights((8, 8, 4)), layer.macs((8, 8, 4))) == (None, None)


@pytest.mark.parametrize("padding", ["same", "reflect", "symmetric", "replicate"])
def test_the_smaller_half_stands_first(padding: str) -> None:
    """Changing the padding's word would shift the picture."""
    assert build("Conv2D", filters=1, kernel_size=4, padding=padding).reach((8, 8, 1)) == Window((4, 4), before=(1, 1))
    strided = build("Conv2D", filters=1, kernel_size=3, strides=2, padding=padding)
    assert strided.reach((8, 9, 1)) == Window((3, 3), (2, 2), before=(0, 1))
    assert strided.reach((None, 9, 1)) == Extent.UNKNOWN


def test_depthwise_and_separable() -> None:
    """MobileNet's and Xception's layers would be miscounted."""
    depthwise = build("DepthwiseConv2D", kernel_size=3, depth_multiplier=2)
    assert depthwise.output_shape((8, 8, 4)) == (6, 6, 8)
    assert depthwise.weights((8, 8, 4)) == (9 * 8 + 8, 0)
    assert depthwise.macs((8, 8, 4)) == 6 * 6 * 8 * 9
    separable = build("SeparableConv2D", filters=5, kernel_size=3, depth_multiplier=2)
    assert separable.output_shape((8, 8, 4)) == (6, 6, 5)
    assert separable.weights((8, 8, 4)) == (9 * 8 + 8 * 5 + 5, 0)
    assert separable.macs((8, 8, 4)) == 6 * 6 * 8 * 9 + 6 * 6 * 8 * 5


def test_keras_layer_by_padding() -> None:
    """A mirrored padding would reach a Keras layer that does not know it."""
    names = {
        word: build("DepthwiseConv2D", kernel_size=3, padding=word).keras_layer().class_name
        for word in ("valid", "same", "reflect", "symmetric", "replicate")
    }
    ours = "cnnkeras>DepthwiseConv2D"
    plain = "DepthwiseConv2D"
    assert names == {"valid": plain, "same": plain, "reflect": ours, "symmetric": ours, "replicate": ours}
    explicit = build("Conv2D", filters=1, kernel_size=3, padding={"mode": "zeros", "amount": (1, 2)}).keras_layer()
    assert explicit.class_name == "cnnkeras>Conv2D"
    assert explicit.config["padding"] == {"mode": "zeros", "amount": ((1, 1), (2, 2))}


@pytest.mark.parametrize(
    ("type_name", "fields", "shape", "expected"),
    [
        (
            "Conv2D",
            {"kernel_size": 5},
            (4, 4, 6),
            (
                "kernel 5×5 does not fit its 4×4 input",
                'padding "same" keeps 4×4, or use a kernel of at most 4',
                "kernel_size",
            ),
        ),
        (
            "Conv2D",
            {"kernel_size": 3, "dilation_rate": 3},
            (9, 5, 6),
            (
                "kernel 3×3 (spanning 7×7 when dilated) does not fit its 9×5 input",
                'padding "same" keeps 9×5, or use a kernel of at most 2',
                "kernel_size",
            ),
        ),
        (
            "Conv2D",
            {"kernel_size": 5},
            (4, 1, 6),
            (
                "kernel 5×5 does not fit its 4×1 input",
                'padding "same" keeps 4×1, or use a kernel of at most 1',
                "kernel_size",
            ),
        ),
        (
            "Conv2D",
            {"kernel_size": 7, "strides": 2, "padding": {"amount": 1}},
            (4, None, 6),
            (
                "kernel 7×7 does not fit its 4×? input",
                'padding "same" fits any input, or use a kernel of at most 6',
                "kernel_size",
            ),
        ),
        (
            "Conv2D",
            {"kernel_size": 9, "padding": "reflect"},
            (4, 4, 6),
            (
                "reflect padding of 4 needs an input of at least 5, and it is 4",
                'use padding "replicate" or "same", or a smaller window',
                "padding",
            ),
        ),
        (
            "Conv2D",
            {"kernel_size": 3, "padding": {"mode": "symmetric", "amount": 5}},
            (4, 4, 6),
            (
                "symmetric padding of 5 needs an input of at least 5, and it is 4",
                'use mode "replicate" or "zeros", or an amount of at most 4',
                "padding",
            ),
        ),
        (
            "Conv2D",
            {"kernel_size": 3, "strides": (2, 1), "dilation_rate": 2},
            (9, 9, 6),
            ("strides 2×1 and dilation_rate 2×2 can't be combined", "set one of the two to 1", "dilation_rate"),
        ),
        (
            "Conv2D",
            {"kernel_size": 3, "groups": 4},
            (9, 9, 6),
            ("input channels (=6) must be divisible by groups (=4)", "choose a groups that divides 6", "groups"),
        ),
        (
            "Conv2D",
            {"kernel_size": 3, "groups": 3},
            (9, 9, 6),
            ("filters (=8) must be divisible by groups (=3)", "choose a groups that divides 8", "groups"),
        ),
        (
            "Conv2D",
            {"kernel_size": 3},
            (120,),
            (
                "needs a map (height×width×channels), and its input is 120",
                "put Conv2D before the Flatten or the global pooling, or use Reshape to make a map again",
                None,
            ),
        ),
        (
            "SeparableConv2D",
            {"kernel_size": 3, "strides": (1, 2)},
            (9, 9, 6),
            (
                "strides 1×2 differ, and TensorFlow's depthwise kernels need equal ones",
                "use the same stride for height and width, or a Conv2D with groups",
                "strides",
            ),
        ),
    ],
)
def test_problems(type_name: str, fields: dict[str, Any], shape: Shape, expected: tuple[str, ...]) -> None:
    """A convolution that can't be computed would not say why, or what to do."""
    assert problem(build(type_name, filters=8, **fields), shape) == expected


def test_mistakes() -> None:
    """A field that is wrong would be told in the words of the validator."""
    pair = "must be an integer of at least 1, or [height, width] of two"
    assert mistake("Conv2D", filters=1, kernel_size=0) == (pair, None)
    assert mistake("Conv2D", filters=1, kernel_size=(3, 3, 3)) == (pair, None)
    assert mistake("Conv2D", filters=1, kernel_size=True) == (pair, None)
    assert mistake("Conv2D", filters=1, kernel_size=2**31) == (pair, None)
    assert mistake("Conv2D", filters="all", kernel_size=3) == (
        'must be an integer of at least 1, or "num_classes"',
        None,
    )
    assert mistake("Conv2D", filters=1, kernel_size=3, padding="mirror") == (
        'must be one of "valid", "same", "reflect", "symmetric", "replicate", or {"mode": …, "amount": …}',
        'write "reflect", which leaves the border\'s own pixels out, or "symmetric", which doubles them',
    )
    assert mistake("Conv2D", filters=1, kernel_size=3, padding="zeros")[1] == 'did you mean "same"?'
    assert mistake("Conv2D", filters=1, kernel_size=3, padding={"amount": ((1, 2), 3)}) == (
        "must be an integer, [height, width] or [[top, bottom], [left, right]], none negative",
        None,
    )
