"""The `input` section: what the network expects of a picture."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from cnnkeras.layers.fields import Finite

Resize = Literal["stretch", "letterbox", "crop"]
Interpolation = Literal["bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5"]


def _shape(value: Any) -> tuple[int | None, int | None, int]:
    sides = value if isinstance(value, tuple) and len(value) == 3 else (0, 0, 0)
    good = [side is None or (type(side) is int and 1 <= side <= 65536) for side in sides]
    if not all(good) or sides[2] is None:
        raise PydanticCustomError(
            "input_shape",
            "must be [height, width, channels]: integers from 1 to 65536; null for a free height or width",
        )
    return (sides[0], sides[1], sides[2])


_SIDE = {"type": "integer", "minimum": 1, "maximum": 65536}
_FREE = {"anyOf": [_SIDE, {"type": "null"}]}

InputShape = Annotated[
    tuple[int | None, int | None, int],
    BeforeValidator(_shape),
    WithJsonSchema({"type": "array", "prefixItems": [_FREE, _FREE, _SIDE], "minItems": 3, "maxItems": 3}),
]


class InputSection(BaseModel):
    """The input's shape, and how a picture as the data has it becomes one.

    A picture (numbers from 0 to 255) is resized to `shape`, scaled so that 0 and 255 become the ends of
    `range`, then `mean` is taken off and divided by `std`, channel by channel, both in units of `range`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    shape: InputShape
    range: tuple[Finite, Finite] = (0.0, 1.0)
    mean: tuple[Finite, ...] | None = None
    std: tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...] | None = None
    resize: Resize = "stretch"
    interpolation: Interpolation = "bilinear"

    @model_validator(mode="after")
    def _is_consistent(self) -> InputSection:
        if self.range[0] == self.range[1]:
            raise PydanticCustomError("range", "the ends of range are equal, so that every picture would be the same")
        channels = self.shape[2]
        for name in ("mean", "std"):
            values = getattr(self, name)
            if values is not None and len(values) not in (1, channels):
                raise PydanticCustomError(
                    "channels",
                    "{name} has {count} numbers, and the input has {channels} channels",
                    {"name": name, "count": len(values), "channels": channels},
                )
        return self
