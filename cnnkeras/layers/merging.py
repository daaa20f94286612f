"""Layers that make one from several. Element by element, sizes of 1 stretch, as in NumPy."""

from __future__ import annotations

from typing import ClassVar, Literal

from cnnkeras.layers.axes import places
from cnnkeras.layers.base import Dimension, Layer, LayerProblem, Shape, show
from cnnkeras.layers.reach import POINTWISE, Extent, Reach


def _merged(first: Dimension, second: Dimension) -> Dimension:
    """Give the size of two axes together. Raises ValueError where they don't fit."""
    if first is None or second is None:
        return None
    if 1 not in (first, second) and first != second:
        raise ValueError
    return max(first, second)


def broadcast(first: Shape, second: Shape) -> Shape:
    """Give the shape of two inputs together, aligned at the channels. Raises LayerProblem where they don't fit."""
    if len(first) < len(second):
        first, second = second, first
    kept = len(first) - len(second)
    try:
        return (*first[:kept], *(_merged(*sizes) for sizes in zip(first[kept:], second, strict=True)))
    except ValueError:
        raise LayerProblem(
            f"inputs of {show(first)} and {show(second)} don't fit together",
            hint="bring them to one shape: a Conv2D with kernel_size 1 changes channels, strides or pooling the size",
            field="inputs",
        ) from None


class Merge(Layer):
    """Element by element. An input that stretches counts as if it had been the larger one."""

    arity: ClassVar[tuple[int, int | None]] = (2, None)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the shape of all inputs together."""
        shape = inputs[0]
        for other in inputs[1:]:
            shape = broadcast(shape, other)
        return shape


class Add(Merge):
    """The sum."""

    type: Literal["Add"]


class Subtract(Merge):
    """The first less the second."""

    arity = (2, 2)
    type: Literal["Subtract"]


class Multiply(Merge):
    """The product."""

    type: Literal["Multiply"]


class Average(Merge):
    """The mean."""

    type: Literal["Average"]


class Maximum(Merge):
    """The largest."""

    type: Literal["Maximum"]


class Minimum(Merge):
    """The smallest."""

    type: Literal["Minimum"]


class Concatenate(Layer):
    """One input behind the other along `axis`."""

    arity = (2, None)
    type: Literal["Concatenate"]
    axis: int = -1

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the sizes added along the axis. Raises LayerProblem where another axis differs."""
        place = places(self.axis, inputs[0])[0]
        for other in inputs[1:]:
            self._check(inputs[0], other, place)
        return tuple(_together(sizes, added=axis == place) for axis, sizes in enumerate(zip(*inputs, strict=True)))

    def reach(self, *inputs: Shape) -> Reach:
        """Give a point where channels are joined; joined rows or columns shift the second input."""
        return POINTWISE if places(self.axis, inputs[0])[0] == len(inputs[0]) - 1 else Extent.UNKNOWN

    def _check(self, first: Shape, other: Shape, place: int) -> None:
        same = len(first) == len(other) and all(
            axis == place or None in sizes or sizes[0] == sizes[1]
            for axis, sizes in enumerate(zip(first, other, strict=True))
        )
        if not same:
            raise LayerProblem(
                f"inputs of {show(first)} and {show(other)} can't be joined along axis {self.axis}",
                hint="all other axes must agree: Cropping2D, ZeroPadding2D, UpSampling2D or pooling change the size",
                field="inputs",
            )


def _together(sizes: tuple[Dimension, ...], *, added: bool) -> Dimension:
    known = [size for size in sizes if size is not None]
    if added:
        return sum(known) if len(known) == len(sizes) else None
    return known[0] if known else None
