"""Layers with several inputs."""

from __future__ import annotations

import pytest

from cnnkeras.layers.base import Shape
from cnnkeras.layers.reach import POINTWISE, Extent

from .building import build, problem


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ([(4, 5, 6), (4, 5, 6), (4, 5, 6)], (4, 5, 6)),
        ([(4, 5, 6), (1, 1, 6)], (4, 5, 6)),
        ([(6,), (4, 5, 1)], (4, 5, 6)),
        ([(None, 5, 6), (4, 5, 6)], (None, 5, 6)),
    ],
)
def test_broadcasting(inputs: list[Shape], expected: Shape) -> None:
    """A residual or a gate would have another shape than Keras gives it."""
    assert build("Add").output_shape(*inputs) == expected
    assert build("Maximum").output_shape(*inputs) == expected


def test_concatenation() -> None:
    """A skip connection's channels would not add up."""
    assert build("Concatenate").output_shape((4, 5, 6), (4, 5, 2), (None, 5, 1)) == (4, 5, 9)
    assert build("Concatenate", axis=1).output_shape((4, 5, 6), (3, 5, 6)) == (7, 5, 6)
    assert build("Concatenate").output_shape((4, 5, 6), (4, 5, None)) == (4, 5, None)
    assert build("Concatenate").reach((4, 5, 6), (4, 5, 2)) is POINTWISE
    assert build("Concatenate", axis=1).reach((4, 5, 6), (3, 5, 6)) is Extent.UNKNOWN


def test_how_many_inputs() -> None:
    """A merge of one input, or a difference of three, would pass."""
    assert (build("Add").arity, build("Subtract").arity, build("Concatenate").arity) == ((2, None), (2, 2), (2, None))


def test_problems() -> None:
    """Inputs that don't fit would stop in TensorFlow."""
    assert problem(build("Add"), (28, 28, 6), (14, 14, 6)) == (
        "inputs of 28×28×6 and 14×14×6 don't fit together",
        "bring them to one shape: a Conv2D with kernel_size 1 changes channels, strides or pooling the size",
        "inputs",
    )
    assert problem(build("Concatenate"), (64, 64, 6), (56, 56, 6)) == (
        "inputs of 64×64×6 and 56×56×6 can't be joined along axis -1",
        "all other axes must agree: Cropping2D, ZeroPadding2D, UpSampling2D or pooling change the size",
        "inputs",
    )
    assert problem(build("Concatenate", axis=0), (4, 5, 6), (4, 5, 6)) == (
        "axis 0 is no axis of its 4×5×6 input",
        "use -1 for the last one, or 1 to 3; 0 is the batch",
        "axis",
    )
