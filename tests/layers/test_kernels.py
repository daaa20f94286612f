"""Fixed kernels: the classical filters and given numbers."""

from __future__ import annotations

from typing import Any

import pytest

from cnnkeras.layers.filters import FILTERS, SIZES, filter_numbers
from cnnkeras.layers.kernels import kernel_numbers

from .building import build, mistake, problem


def rows(name: str, *size: int) -> tuple[tuple[float, ...], ...]:
    return filter_numbers(name, (size[0], size[-1]))


def test_textbook_kernels() -> None:
    """A filter would not be the one that its name has in Gonzalez and Woods."""
    assert rows("mean", 2) == ((0.25, 0.25), (0.25, 0.25))
    assert rows("sobel_x", 3) == ((-1, 0, 1), (-2, 0, 2), (-1, 0, 1))
    assert rows("sobel_y", 3) == ((-1, -2, -1), (0, 0, 0), (1, 2, 1))
    assert rows("laplace", 3) == ((0, 1, 0), (1, -4, 1), (0, 1, 0))
    assert rows("difference_x", 1, 2) == ((-1, 1),)
    assert rows("difference_y", 2, 1) == ((-1,), (1,))
    assert rows("difference_x", 3) == ((0, 0, 0), (-0.5, 0, 0.5), (0, 0, 0))
    assert rows("difference_y", 3) == ((0, -0.5, 0), (0, 0, 0), (0, 0.5, 0))
    # OpenCV's getDerivKernels(1, 0, 5): 1 4 6 4 1 down, -1 -2 0 2 1 across.
    assert rows("sobel_x", 5)[2] == (-6, -12, 0, 12, 6)
    assert [row[0] for row in rows("sobel_x", 5)] == [-1, -4, -6, -4, -1]


@pytest.mark.parametrize("size", [(3, 3), (5, 5), (4, 3), (1, 7)])
def test_smoothing_keeps_brightness(size: tuple[int, int]) -> None:
    """A blurred picture would be darker or brighter."""
    for name in ("mean", "gaussian"):
        assert sum(map(sum, filter_numbers(name, size))) == pytest.approx(1)


def test_gaussian_by_sigma() -> None:
    """The Gaussian would not fall off as exp(−d²/2σ²)."""
    numbers = filter_numbers("gaussian", (3, 3), 2.0)
    assert numbers[1][0] / numbers[1][1] == pytest.approx(0.8824969025845955)
    assert numbers[0][0] / numbers[1][1] == pytest.approx(0.7788007830714049)


def test_every_filter_exists_at_three() -> None:
    """A name would stand for nothing at the usual size."""
    for name in FILTERS:
        assert SIZES[name].allows((3, 3))
        assert len(filter_numbers(name, (3, 3))) == 3


def test_what_keras_gets() -> None:
    """A filter would reach Keras as a name that it does not know."""
    layer = build("DepthwiseConv2D", kernel_size=3, depthwise_initializer="laplace")
    assert layer.keras_layer().config["depthwise_initializer"] == {
        "class_name": "cnnkeras>FixedKernel",
        "config": {"kernel": ((0, 1, 0), (1, -4, 1), (0, 1, 0))},
    }
    assert kernel_numbers("glorot_uniform", (3, 3)) is None


@pytest.mark.parametrize(
    ("kernel_size", "kernel", "expected"),
    [
        (
            4,
            "sobel_x",
            (
                'there is no "sobel_x" of 4×4',
                "use an odd kernel_size from 3 to 31, or write its numbers in rows",
                "kernel_initializer",
            ),
        ),
        (
            5,
            "laplace",
            (
                'there is no "laplace" of 5×5',
                "use a kernel_size of 3, or write its numbers in rows",
                "kernel_initializer",
            ),
        ),
        (
            (1002, 1),
            {"type": "gaussian", "sigma": 2},
            (
                'there is no "gaussian" of 1002×1',
                "use a kernel_size of at most 1001, or write its numbers in rows",
                "kernel_initializer",
            ),
        ),
        (
            3,
            ((1, 2), (3, 4)),
            (
                "2×2 numbers are given for a kernel of 3×3",
                "set kernel_size to [2, 2], or give 3 rows of 3",
                "kernel_initializer",
            ),
        ),
        (
            1,
            ((((1, 2), (3, 4)),),),
            (
                "the numbers' third dimension is 2, and the layer needs 3 there",
                "Keras's kernels are [height][width][in][out]; rows of numbers alone are used for every channel",
                "kernel_initializer",
            ),
        ),
    ],
)
def test_problems(kernel_size: Any, kernel: Any, expected: tuple[str, str, str]) -> None:
    """A kernel of another size than the layer's would stop in Keras."""
    layer = build("Conv2D", filters=2, kernel_size=kernel_size, kernel_initializer=kernel, padding="same")
    assert problem(layer, (9, 9, 3)) == expected


@pytest.mark.parametrize(
    "numbers", [(), (1, 2), ((1, 2), (3,)), (((1,),),), ((1, float("nan")),), ((10**400,),), ((True,),)]
)
def test_numbers_that_are_no_kernel(numbers: Any) -> None:
    """Ragged rows or numbers without end would reach Keras."""
    assert mistake("Conv2D", filters=1, kernel_size=1, kernel_initializer=numbers) == (
        "must be rows of finite numbers, all of one length, or [height][width][in][out] as Keras has them",
        None,
    )
