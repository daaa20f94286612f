"""The numbers of the classical filters.

Sources: Gonzalez and Woods, "Digital Image Processing", 4th edition, 2018, sections 3.5 (mean, Gaussian) and 3.6
(difference, Laplacian, Sobel); larger Sobel kernels and the Gaussian's default deviation are OpenCV's
(`getDerivKernels`, `getGaussianKernel`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from cnnkeras.layers.reach import Pair

Rows = tuple[tuple[float, ...], ...]

# A larger one is a slip, and would cost memory before anyone could say so.
LARGEST_SIDE = 1001


class Sizes(NamedTuple):
    """At which kernel sizes a filter exists, and what to write instead."""

    allows: Callable[[Pair], bool]
    cure: str


def _outer(column: list[float], row: list[float]) -> Rows:
    # Adding 0 turns −0 into 0.
    return tuple(tuple(vertical * horizontal + 0.0 for horizontal in row) for vertical in column)


def _transposed(rows: Rows) -> Rows:
    return tuple(zip(*rows, strict=True))


def _mean(size: Pair) -> Rows:
    """Give `1 / (height · width)` everywhere."""
    return _outer([1 / (size[0] * size[1])] * size[0], [1.0] * size[1])


def _bell(side: int, sigma: float | None) -> list[float]:
    """Give `exp(−x² / 2σ²)`, scaled to the sum 1."""
    deviation = sigma or 0.3 * ((side - 1) * 0.5 - 1) + 0.8
    values = [math.exp(-(((index - (side - 1) / 2) / deviation) ** 2) / 2) for index in range(side)]
    return [value / sum(values) for value in values]


def _gaussian(size: Pair, sigma: float | None = None) -> Rows:
    return _outer(_bell(size[0], sigma), _bell(size[1], sigma))


def _sobel_x(size: Pair) -> Rows:
    """Smooth down the height with binomial weights, difference along the width."""
    smooth = [float(math.comb(size[0] - 1, index)) for index in range(size[0])]
    inner = [math.comb(size[1] - 3, index) for index in range(size[1] - 2)]
    return _outer(smooth, [float(after - before) for before, after in zip([*inner, 0, 0], [0, 0, *inner], strict=True)])


def _sobel_y(size: Pair) -> Rows:
    return _transposed(_sobel_x((size[1], size[0])))


def _laplace(_size: Pair) -> Rows:
    """Give the sum of the second differences in both directions."""
    return ((0.0, 1.0, 0.0), (1.0, -4.0, 1.0), (0.0, 1.0, 0.0))


def _difference_x(size: Pair) -> Rows:
    """Give f(x + 1) − f(x) for a width of 2, (f(x + 1) − f(x − 1)) / 2 for one of 3, in the middle row."""
    difference = [-1.0, 1.0] if size[1] == 2 else [-0.5, 0.0, 0.5]
    return _outer([float(row == size[0] // 2) for row in range(size[0])], difference)


def _difference_y(size: Pair) -> Rows:
    return _transposed(_difference_x((size[1], size[0])))


_FORMULAS: dict[str, Callable[[Pair], Rows]] = {
    "mean": _mean,
    "gaussian": _gaussian,
    "sobel_x": _sobel_x,
    "sobel_y": _sobel_y,
    "laplace": _laplace,
    "difference_x": _difference_x,
    "difference_y": _difference_y,
}
FILTERS = tuple(_FORMULAS)

_ANY = Sizes(lambda size: max(size) <= LARGEST_SIDE, f"use a kernel_size of at most {LARGEST_SIDE}")
_ODD = Sizes(lambda size: all(side in range(3, 32, 2) for side in size), "use an odd kernel_size from 3 to 31")
SIZES = {
    "mean": _ANY,
    "gaussian": _ANY,
    "sobel_x": _ODD,
    "sobel_y": _ODD,
    "laplace": Sizes(lambda size: size == (3, 3), "use a kernel_size of 3"),
    "difference_x": Sizes(lambda size: size in ((1, 2), (1, 3), (3, 3)), "use a kernel_size of [1, 2], [1, 3] or 3"),
    "difference_y": Sizes(lambda size: size in ((2, 1), (3, 1), (3, 3)), "use a kernel_size of [2, 1], [3, 1] or 3"),
}


def filter_numbers(name: str, size: Pair, sigma: float | None = None) -> Rows:
    """Give the rows of a classical filter at a size that `SIZES` allows."""
    return _gaussian(size, sigma) if name == "gaussian" else _FORMULAS[name](size)
