"""The `input` section: what the network expects of a picture."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from cnnkeras.layers.fields import Finite, Natural

Resize = Literal["stretch", "letterbox", "crop", "tile"]
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
    With "tile" it keeps its size, and the network goes over it in tiles of `shape` that overlap by at least
    `overlap` pixels, by default as much as the receptive field asks for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    shape: InputShape
    range: tuple[Finite, Finite] = (0.0, 1.0)
    mean: tuple[Finite, ...] | None = None
    std: tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...] | None = None
    resize: Resize = "stretch"
    overlap: Natural | None = None
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
        self._check_tiles()
        return self

    def _check_tiles(self) -> None:
        """Raise PydanticCustomError where tiles have no size, or where an overlap is none."""
        height, width = self.shape[:2]
        if self.resize == "tile" and (height is None or width is None):
            raise PydanticCustomError("tile", 'tiles need a height and a width: "tile" takes no null in shape')
        if self.overlap is not None and self.resize != "tile":
            raise PydanticCustomError("overlap", 'only tiles overlap: leave "overlap" out, or set "resize" to "tile"')
        if self.overlap is not None and self.overlap >= min(height or 1, width or 1):
            text = "tiles of {height}×{width} can't overlap by {overlap}"
            raise PydanticCustomError("overlap", text, {"height": height, "width": width, "overlap": self.overlap})

    @property
    def picture_shape(self) -> tuple[int | None, int | None, int]:
        """Give the shape that pictures are brought to: the network's, or where it goes over them in tiles, any."""
        return (None, None, self.shape[2]) if self.resize == "tile" else self.shape
