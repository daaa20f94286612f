"""Kernels that are not drawn but given: classical filters by name, or numbers.

    "kernel_initializer": "sobel_x"
    "kernel_initializer": {"type": "gaussian", "sigma": 1.2}
    "kernel_initializer": [[0, 1, 0], [1, -4, 1], [0, 1, 0]]

With `"trainable": false` and `"use_bias": false` the layer is that filter. Two-dimensional numbers are used for
every pair of an input and an output channel; numbers in Keras's own form are `[height][width][in][out]`.
A convolution here is, as in every network library, a correlation: `sobel_x` is right minus left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError

from cnnkeras.layers.base import Dimension, KerasObject, LayerProblem
from cnnkeras.layers.fields import LARGEST_NUMBER, Pair, Positive
from cnnkeras.layers.filters import FILTERS, SIZES, Rows, filter_numbers
from cnnkeras.layers.weight_objects import INITIALIZERS
from cnnkeras.layers.weights import OfRank, by_rank


class PlainFilter(KerasObject):
    """A classical filter that has nothing to choose."""

    type: Literal["mean", "sobel_x", "sobel_y", "laplace", "difference_x", "difference_y"]


class Gaussian(KerasObject):
    """A Gaussian; without `sigma`, OpenCV's rule from the size."""

    type: Literal["gaussian"]
    sigma: Positive | None = None


class Bilinear(KerasObject):
    """Bilinear enlargement, each channel by itself: what a transposed convolution may begin from (Long et al. 2015)."""

    type: Literal["bilinear"]

    def to_keras(self) -> dict[str, Any]:
        """Give Keras's form of our initializer: its numbers follow from the kernel's own shape."""
        return {"class_name": "cnnkeras>Bilinear", "config": {}}


FILTER_OBJECTS: Mapping[str, type[KerasObject]] = dict.fromkeys(FILTERS, PlainFilter) | {
    "gaussian": Gaussian,
    "bilinear": Bilinear,
}

Numbers = tuple[Any, ...]
Kernel = str | KerasObject | Numbers


def _shape(numbers: Any) -> tuple[int, ...] | None:
    """Give the shape of nested tuples of finite numbers, or None where they are ragged, empty, or something else."""
    if isinstance(numbers, int | float) and not isinstance(numbers, bool):
        return () if -LARGEST_NUMBER <= numbers <= LARGEST_NUMBER else None
    if not isinstance(numbers, tuple) or not numbers:
        return None
    first = _shape(numbers[0])
    return None if first is None or any(_shape(member) != first for member in numbers) else (len(numbers), *first)


class _KernelField(OfRank):
    """An initializer, a filter, or numbers."""

    def read(self, value: Any) -> Any:
        """Give the object or the numbers. Raises PydanticCustomError or ValidationError."""
        if isinstance(value, tuple):
            return _numbers(value)
        return super().read(value)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Add the numbers."""
        named: dict[str, Any] = super().__get_pydantic_json_schema__(schema, handler)
        numbers = {"type": "array", "items": {"type": "array", "minItems": 1}, "minItems": 1}
        return {"anyOf": [*named["anyOf"], numbers]}


_DRAWN = by_rank("initializer", INITIALIZERS, 4)
KernelInitializer = Annotated[
    Kernel,
    _KernelField(
        "initializer", {**_DRAWN.objects, **FILTER_OBJECTS}, aliases=_DRAWN.aliases, rank=4, unfit=_DRAWN.unfit
    ),
]


def _numbers(value: Numbers) -> Numbers:
    shape = _shape(value) if _depth(value) in (2, 4) else None
    if shape is None:
        raise PydanticCustomError(
            "kernel", "must be rows of finite numbers, all of one length, or [height][width][in][out] as Keras has them"
        )
    return value


def _depth(value: Any) -> int:
    depth = 0
    while isinstance(value, tuple) and value and depth < 5:
        value, depth = value[0], depth + 1
    return depth


def check_kernel(
    kernel: Kernel, kernel_size: Pair, field: str, channels: tuple[Dimension, Dimension] = (None, None)
) -> None:
    """Raise LayerProblem where a filter or given numbers don't exist at this size.

    `channels` are the two last dimensions of Keras's kernel, as far as they are known.
    """
    name = filter_name(kernel)
    if name is not None and not SIZES[name].allows(kernel_size):
        raise LayerProblem(
            f'there is no "{name}" of {kernel_size[0]}×{kernel_size[1]}',
            hint=f"{SIZES[name].cure}, or write its numbers in rows",
            field=field,
        )
    if isinstance(kernel, tuple):
        shape = _shape(kernel) or ()
        _check_size(shape, kernel_size, field)
        _check_channels(shape, channels, field)


def _check_size(shape: tuple[int, ...], kernel_size: Pair, field: str) -> None:
    if shape[:2] != kernel_size:
        raise LayerProblem(
            f"{shape[0]}×{shape[1]} numbers are given for a kernel of {kernel_size[0]}×{kernel_size[1]}",
            hint=f"set kernel_size to [{shape[0]}, {shape[1]}], or give {kernel_size[0]} rows of {kernel_size[1]}",
            field=field,
        )


def _check_channels(shape: tuple[int, ...], channels: tuple[Dimension, Dimension], field: str) -> None:
    for given, needed, which in zip(shape[2:], channels, ("third", "last"), strict=False):
        if needed is not None and given != needed:
            raise LayerProblem(
                f"the numbers' {which} dimension is {given}, and the layer needs {needed} there",
                hint="Keras's kernels are [height][width][in][out]; rows of numbers alone are used for every channel",
                field=field,
            )


def filter_name(kernel: Kernel) -> str | None:
    """Give the name of the classical filter that a kernel is, or None."""
    return kernel.type if isinstance(kernel, PlainFilter | Gaussian) else None


def kernel_numbers(kernel: Kernel, kernel_size: Pair) -> Rows | Numbers | None:
    """Give the numbers of a filter or of a given kernel; None where they are drawn at random."""
    name = filter_name(kernel)
    if name is not None:
        return filter_numbers(name, kernel_size, getattr(kernel, "sigma", None))
    return kernel if isinstance(kernel, tuple) else None


def keras_kernel(kernel: Kernel, kernel_size: Pair) -> Any:
    """Give what Keras takes as the initializer."""
    numbers = kernel_numbers(kernel, kernel_size)
    if numbers is not None:
        return {"class_name": "cnnkeras>FixedKernel", "config": {"kernel": numbers}}
    return kernel.to_keras() if isinstance(kernel, KerasObject) else kernel
