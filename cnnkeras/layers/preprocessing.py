"""Layers that bring pictures to the numbers a network likes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from cnnkeras.layers.axes import places
from cnnkeras.layers.base import LayerProblem, Shape, Unchanged, show
from cnnkeras.layers.fields import LARGEST_NUMBER


def is_number(value: Any, lowest: float = -LARGEST_NUMBER, highest: float = LARGEST_NUMBER) -> bool:
    """Tell whether this is a number of JSON within bounds; NaN is within none."""
    return isinstance(value, int | float) and not isinstance(value, bool) and lowest <= value <= highest


def _numbers(value: Any) -> Any:
    if is_number(value) or (isinstance(value, tuple) and value and all(is_number(member) for member in value)):
        return value
    raise PydanticCustomError("numbers", "must be a finite number, or a list of them, one for each channel")


def _amounts(value: Any) -> Any:
    numbers = _numbers(value)
    if min(numbers if isinstance(numbers, tuple) else (numbers,)) >= 0:
        return numbers
    raise PydanticCustomError("amounts", "must not be negative")


_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "array", "items": {"type": "number"}, "minItems": 1}]}
Numbers = Annotated[float | tuple[float, ...], PlainValidator(_numbers), WithJsonSchema(_SCHEMA)]
NotNegativeNumbers = Annotated[float | tuple[float, ...], PlainValidator(_amounts), WithJsonSchema(_SCHEMA)]


def _check_length(numbers: float | tuple[float, ...], size: int | None, shape: Shape, field: str) -> None:
    if isinstance(numbers, tuple) and size is not None and len(numbers) not in (1, size):
        raise LayerProblem(
            f"{field} has {len(numbers)} numbers for an input of {show(shape)}",
            hint=f"give one number, or {size}",
            field=field,
        )


class Rescaling(Unchanged):
    """`x · scale + offset`: a scale of 1/255 brings bytes to between 0 and 1."""

    type: Literal["Rescaling"]
    scale: Numbers
    offset: Numbers = 0.0

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape."""
        _check_length(self.scale, inputs[0][-1], inputs[0], "scale")
        _check_length(self.offset, inputs[0][-1], inputs[0], "offset")
        return inputs[0]


class Normalization(Unchanged):
    """`(x − mean) / √variance`, with the numbers given: nothing is learned here from data."""

    type: Literal["Normalization"]
    axis: int | None = -1
    mean: Numbers | None = None
    variance: NotNegativeNumbers | None = None
    invert: bool = False

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give the input's shape. Raises LayerProblem where mean and variance don't fit it, or are missing."""
        for field, numbers in (("mean", self.mean), ("variance", self.variance)):
            if numbers is None:
                raise LayerProblem(
                    f"{field} is missing, and a file has no data to take it from",
                    hint="give mean and variance, each a number or a list of one for each channel",
                )
            self._check_numbers(numbers, inputs[0], field)
        if _described(self.mean) != _described(self.variance):
            raise LayerProblem(
                f"mean is {_described(self.mean)}, and variance is {_described(self.variance)}",
                hint="give both as one number, or both as lists of the same length",
                field="variance",
            )
        return inputs[0]

    def _check_numbers(self, numbers: float | tuple[float, ...], shape: Shape, field: str) -> None:
        if self.axis is not None:
            _check_length(numbers, shape[places(self.axis, shape)[0]], shape, field)
        elif isinstance(numbers, tuple):
            raise LayerProblem(
                f"{field} has {len(numbers)} numbers, and axis null takes one for everything",
                hint="give one number, or leave axis out for one number a channel",
                field=field,
            )


def _described(numbers: float | tuple[float, ...] | None) -> str:
    return f"a list of {len(numbers)}" if isinstance(numbers, tuple) else "one number"
