"""The `input` section: what the network expects of a picture."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic_core import PydanticCustomError

from cnnkeras.layers.fields import Count, Finite, Natural

Resize = Literal["stretch", "letterbox", "crop", "random_crop", "tile"]
Interpolation = Literal["bilinear", "nearest", "bicubic", "area", "lanczos3", "lanczos5"]


def _shape(value: Any) -> tuple[int | None, int | None, int]:
    sides = value if isinstance(value, tuple) and len(value) == 3 else (0, 0, 0)
    good = [side is None or (type(side) is int and 1 <= side <= 65536) for side in sides]
    if not all(good) or sides[2] is None:
        raise PydanticCustomError(
            "input_shape",
            "must be [height, width, channels]: integers from 1 to 65536; null for a free height or width",
            {"hint": _meant(value)},
        )
    return (sides[0], sides[1], sides[2])


_SIZES = re.compile(r"\s*\d{1,5}(\s*[,x×]\s*\d{1,5}){0,2}\s*")


def _meant(value: Any) -> str | None:
    """Read "28,28,3", "28x28", 28 and [28, 28] as most people mean them; give what is to be written."""
    given: Any = value if isinstance(value, tuple) else (value,)
    if len(given) == 4 and given[0] in (None, 1, -1):
        return _meant(given[1:]) and f"{_meant(given[1:])}: the batch is no part of it"
    if isinstance(value, str):
        given = tuple(map(int, re.findall(r"\d+", value))) if _SIZES.fullmatch(value) else ()
    if not all(type(side) is int and 1 <= side <= 65536 for side in given) or len(given) not in (1, 2, 3):
        return None
    if len(given) == 3:
        return f"write {list(given)}"
    size = f"{given[0]}, {given[-1]}"
    return f"write [{size}, 3] for colour, [{size}, 1] for grey"


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
    `overlap` pixels, by default as much as the receptive field asks for. With "crop" and "random_crop" its short
    side becomes `short_side`, by default what just covers `shape`, and `shape` is taken from the middle; in training
    with "random_crop" from anywhere.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    shape: InputShape
    range: tuple[Finite, Finite] = (0.0, 1.0)
    mean: tuple[Finite, ...] | None = None
    std: tuple[Annotated[float, Field(gt=0, allow_inf_nan=False)], ...] | None = None
    resize: Resize = "stretch"
    short_side: Count | None = None
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
        self._check_crops()
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

    def _check_crops(self) -> None:
        """Raise PydanticCustomError where there is nothing to crop from, or no size to crop to."""
        sides = self.shape[:2]
        if self.resize == "random_crop" and None in sides:
            raise PydanticCustomError("crop", 'crops need a height and a width: "random_crop" takes no null in shape')
        if self.short_side is None:
            return
        if not self.is_cropped or None in sides:
            text = 'only crops have a "short_side": leave it out, or set "resize" to "crop" or "random_crop"'
            raise PydanticCustomError("short_side", text)
        if self.short_side < max(side or 0 for side in sides):
            text = "from a short side of {short_side}, no {height}×{width} can be taken"
            values = {"short_side": self.short_side, "height": sides[0], "width": sides[1]}
            raise PydanticCustomError("short_side", text, values)

    @property
    def is_cropped(self) -> bool:
        """Tell whether what is beyond the network's size is cut off."""
        return self.resize in ("crop", "random_crop")

    @property
    def trains_on_crops(self) -> bool:
        """Tell whether training takes pieces at random from whole pictures."""
        return self.resize in ("random_crop", "tile")

    @property
    def picture_shape(self) -> tuple[int | None, int | None, int]:
        """Give the shape that pictures are brought to: the network's, or where it goes over them in tiles, any."""
        return (None, None, self.shape[2]) if self.resize == "tile" else self.shape
