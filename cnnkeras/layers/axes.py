"""Axes, counted as Keras counts them: 0 is the batch, 1 the height of a map, -1 the channels."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from cnnkeras.layers.base import LayerProblem, Shape, show


def _axes(value: Any) -> Any:
    if type(value) is int or (isinstance(value, tuple) and value and all(type(axis) is int for axis in value)):
        return value
    raise PydanticCustomError("axes", "must be an integer or a list of integers")


Axes = Annotated[
    int | tuple[int, ...],
    PlainValidator(_axes),
    WithJsonSchema({"anyOf": [{"type": "integer"}, {"type": "array", "items": {"type": "integer"}, "minItems": 1}]}),
]


def places(
    axes: int | tuple[int, ...], shape: Shape, field: str = "axis", *, from_back: bool = True
) -> tuple[int, ...]:
    """Give where the axes stand in a shape that leaves the batch out. Raises LayerProblem where they don't.

    `from_back`: whether -1 may be the last one.
    """
    named = (axes,) if isinstance(axes, int) else axes
    found = []
    for axis in named:
        place = axis - 1 if axis >= 0 else axis + len(shape)
        if not 0 <= place < len(shape):
            last, counted = (
                "-1 for the last one, or " if from_back else "",
                "1" if len(shape) == 1 else f"1 to {len(shape)}",
            )
            raise LayerProblem(
                f"{field} {axis} is no axis of its {show(shape)} input",
                hint=f"use {last}{counted}; 0 is the batch",
                field=field,
            )
        found.append(place)
    if len(set(found)) < len(found):
        raise LayerProblem(
            f"{field} [{', '.join(map(str, named))}] names an axis of its {show(shape)} input twice",
            hint="name each axis once",
            field=field,
        )
    return tuple(found)
