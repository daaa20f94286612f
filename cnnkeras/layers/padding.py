"""Padding: the words and amounts a file may give, and how many pixels they come to.

One rule for every convolution and pooling layer, `out = ⌊(in + before + after − extent) / stride⌋ + 1` with
`extent = dilation·(kernel − 1) + 1` (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning",
2016, relationship 15).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from cnnkeras.errors import suggest
from cnnkeras.layers.base import Dimension, LayerProblem, Shape
from cnnkeras.layers.fields import Edges
from cnnkeras.layers.reach import Pair

Mode = Literal["zeros", "reflect", "symmetric", "replicate"]
PaddingWord = Literal["valid", "same", "reflect", "symmetric", "replicate"]
# Keras's own words; the others are modes, with the amount of "same".
KERAS_WORDS = ("valid", "same")
WORDS = (*KERAS_WORDS, "reflect", "symmetric", "replicate")
SIDES = ("height", "width")
# What other libraries call them.
HABITS = {
    **dict.fromkeys(("zeros", "zero", "constant", "half"), "same"),
    "reflection": "reflect",
    **dict.fromkeys(("edge", "nearest", "replication", "border"), "replicate"),
    **dict.fromkeys(("none", "no"), "valid"),
}


def _meant(word: Any) -> str | None:
    """Give the word that was meant; the message has them all where none is near."""
    if isinstance(word, int):
        return f'write {{"mode": "zeros", "amount": {word}}}'
    if not isinstance(word, str):
        return None
    if word.casefold() in ("mirror", "mirrored"):
        return 'write "reflect", which leaves the border\'s own pixels out, or "symmetric", which doubles them'
    hint = suggest(HABITS.get(word.casefold(), word), WORDS)
    return hint if hint and hint.startswith("did") else None


class ExplicitPadding(BaseModel):
    """A mode and an amount: `{"mode": "zeros", "amount": 2}`, or `[[top, bottom], [left, right]]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    mode: Mode = "zeros"
    amount: Edges


class _PaddingField:
    """Reads a word or an object, with one message; its schema is made when asked for, because it takes time."""

    def read(self, value: Any) -> str | ExplicitPadding:
        if isinstance(value, str) and value in WORDS:
            return value
        if isinstance(value, dict):
            return ExplicitPadding.model_validate(value)
        if isinstance(value, ExplicitPadding):
            return value
        raise PydanticCustomError(
            "padding",
            'must be one of "valid", "same", "reflect", "symmetric", "replicate", or {"mode": …, "amount": …}',
            {"hint": _meant(value)},
        )

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        ExplicitPadding.model_rebuild()
        return {"anyOf": [{"enum": list(WORDS)}, handler(ExplicitPadding.__pydantic_core_schema__)]}


Padding = Annotated[PaddingWord | ExplicitPadding, _PaddingField()]


def extent(kernel: int, dilation: int) -> int:
    """Give how many pixels a dilated kernel spans."""
    return dilation * (kernel - 1) + 1


def same_amount(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Give what "same" pads before and after, so that the output is ⌈size / stride⌉; before gets the smaller half."""
    total = max((-(-size // stride) - 1) * stride + extent(kernel, dilation) - size, 0)
    return total // 2, total - total // 2


class Slide(NamedTuple):
    """How a window slides. All pairs are (height, width)."""

    kernel: Pair
    strides: Pair
    dilation: Pair = (1, 1)

    def extent(self, side: int) -> int:
        """Give how many pixels the window spans along one side (0 is height, 1 is width)."""
        return extent(self.kernel[side], self.dilation[side])

    @property
    def is_three_by_three(self) -> bool:
        """Tell whether it is a 3×3 kernel in steps of one, for which there are faster ways than for others."""
        return self == Slide((3, 3), (1, 1), (1, 1))


def amounts(padding: PaddingWord | ExplicitPadding, slide: Slide, size: Dimension, side: int) -> tuple[int, int] | None:
    """Give (before, after) along one side (0 is height, 1 is width), or None where it depends on an unknown size."""
    if isinstance(padding, ExplicitPadding):
        return padding.amount[side]
    if padding == "valid":
        return 0, 0
    if size is None:
        # With stride 1, what "same" pads does not depend on the size.
        return same_amount(1, slide.kernel[side], 1, slide.dilation[side]) if slide.strides[side] == 1 else None
    return same_amount(size, slide.kernel[side], slide.strides[side], slide.dilation[side])


def mode_of(padding: PaddingWord | ExplicitPadding) -> Mode:
    """Give what the padding is filled with."""
    if isinstance(padding, ExplicitPadding):
        return padding.mode
    return "zeros" if padding in KERAS_WORDS else padding  # type: ignore[return-value]  # the words left are modes


def check_mirror(padding: PaddingWord | ExplicitPadding, size: int, amount: tuple[int, int]) -> None:
    """Raise LayerProblem where a mirror is wider than what it mirrors."""
    mode, widest = mode_of(padding), max(amount)
    # reflect leaves the border pixel itself out, symmetric repeats it; replicate needs one pixel only.
    room = {"zeros": widest, "replicate": widest, "reflect": size - 1, "symmetric": size}[mode]
    if widest > room:
        explicit = isinstance(padding, ExplicitPadding)
        raise LayerProblem(
            f"{mode} padding of {widest} needs an input of at least {widest + (mode == 'reflect')}, and it is {size}",
            hint=f'use mode "replicate" or "zeros", or an amount of at most {max(room, 0)}'
            if explicit
            else 'use padding "replicate" or "same", or a smaller window',
            field="padding",
        )


def windowed_size(padding: PaddingWord | ExplicitPadding, slide: Slide, size: Dimension, side: int) -> Dimension:
    """Give the output size along one side. Raises LayerProblem where a mirror does not fit."""
    amount = amounts(padding, slide, size, side)
    if size is None or amount is None:
        return None
    check_mirror(padding, size, amount)
    return (size + sum(amount) - slide.extent(side)) // slide.strides[side] + 1


def windowed(
    padding: PaddingWord | ExplicitPadding, slide: Slide, shape: Shape, word: str, field: str
) -> tuple[Dimension, Dimension]:
    """Give the output (height, width) of a window that slides over a map of `shape`.

    `word` and `field` name the window in the error: "kernel" and "kernel_size", or "pool" and "pool_size".
    """
    sizes = [windowed_size(padding, slide, shape[side], side) for side in (0, 1)]
    for side in (0, 1):
        size = sizes[side]
        if size is not None and size < 1:
            raise _does_not_fit(padding, slide, shape, word, field)
    return sizes[0], sizes[1]


def _does_not_fit(
    padding: PaddingWord | ExplicitPadding, slide: Slide, shape: Shape, word: str, field: str
) -> LayerProblem:
    size = "×".join("?" if known is None else str(known) for known in shape[:2])
    spans = f" (spanning {slide.extent(0)}×{slide.extent(1)} when dilated)" if max(slide.dilation) > 1 else ""
    rooms = [
        (side, known + sum(amounts(padding, slide, known, side) or ()))
        for side in (0, 1)
        if (known := shape[side]) is not None
    ]
    largest = min((room - 1) // slide.dilation[side] + 1 for side, room in rooms)
    keeps = f'padding "same" keeps {size}' if max(slide.strides) == 1 else 'padding "same" fits any input'
    return LayerProblem(
        f"{word} {slide.kernel[0]}×{slide.kernel[1]}{spans} does not fit its {size} input",
        hint=f"{keeps}, or use a {word} of at most {largest}",
        field=field,
    )
