"""Padding: the words and amounts a file may give, and how many pixels they come to.

One rule for every convolution and pooling layer, `out = ⌊(in + before + after − extent) / stride⌋ + 1` with
`extent = dilation·(kernel − 1) + 1` (Dumoulin and Visin, "A guide to convolution arithmetic for deep learning",
2016, relationship 15).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema
from pydantic_core import PydanticCustomError

from cnnkeras.layers.base import Dimension, LayerProblem, Shape
from cnnkeras.layers.fields import Edges

Mode = Literal["zeros", "reflect", "symmetric", "replicate"]
PaddingWord = Literal["valid", "same", "reflect", "symmetric", "replicate"]
WORDS = ("valid", "same", "reflect", "symmetric", "replicate")
SIDES = ("height", "width")


class ExplicitPadding(BaseModel):
    """A mode and an amount: `{"mode": "zeros", "amount": 2}`, or `[[top, bottom], [left, right]]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    mode: Mode = "zeros"
    amount: Edges


def _padding(value: Any) -> str | ExplicitPadding:
    if isinstance(value, str) and value in WORDS:
        return value
    if isinstance(value, dict):
        return ExplicitPadding.model_validate(value)
    if isinstance(value, ExplicitPadding):
        return value
    raise PydanticCustomError(
        "padding", 'must be one of "valid", "same", "reflect", "symmetric", "replicate", or {"mode": …, "amount": …}'
    )


def _schema() -> dict[str, Any]:
    explicit = ExplicitPadding.model_json_schema()
    return {"anyOf": [{"enum": list(WORDS)}, explicit]}


Padding = Annotated[PaddingWord | ExplicitPadding, BeforeValidator(_padding), WithJsonSchema(_schema())]


def extent(kernel: int, dilation: int) -> int:
    """Give how many pixels a dilated kernel spans."""
    return dilation * (kernel - 1) + 1


def same_amount(size: int, kernel: int, stride: int, dilation: int) -> tuple[int, int]:
    """Give what "same" pads before and after, so that the output is ⌈size / stride⌉; before gets the smaller half."""
    total = max((-(-size // stride) - 1) * stride + extent(kernel, dilation) - size, 0)
    return total // 2, total - total // 2


def amounts(
    padding: PaddingWord | ExplicitPadding, size: Dimension, side: int, kernel: int, stride: int, dilation: int
) -> tuple[int, int] | None:
    """Give (before, after) along one side (0 is height, 1 is width), or None where it depends on an unknown size."""
    if isinstance(padding, ExplicitPadding):
        return padding.amount[side]
    if padding == "valid":
        return 0, 0
    if size is None:
        # With stride 1, what "same" pads does not depend on the size.
        return same_amount(extent(kernel, dilation), kernel, 1, dilation) if stride == 1 else None
    return same_amount(size, kernel, stride, dilation)


def mode_of(padding: PaddingWord | ExplicitPadding) -> Mode:
    """Give what the padding is filled with."""
    if isinstance(padding, ExplicitPadding):
        return padding.mode
    return "zeros" if padding in ("valid", "same") else padding  # type: ignore[return-value]  # the words left are modes


def check_mirror(padding: PaddingWord | ExplicitPadding, size: int, amount: tuple[int, int]) -> None:
    """Raise LayerProblem where a mirror is wider than what it mirrors."""
    mode, widest = mode_of(padding), max(amount)
    # reflect leaves the border pixel itself out, symmetric repeats it; replicate needs one pixel only.
    room = {"zeros": widest, "replicate": widest, "reflect": size - 1, "symmetric": size}[mode]
    if widest > room:
        raise LayerProblem(
            f"{mode} padding of {widest} needs an input of at least {widest + (mode == 'reflect')}, and it is {size}",
            hint=f'use padding "replicate" or "same", a smaller kernel, or an amount of at most {max(room, 0)}',
            field="padding",
        )


def windowed_size(
    size: Dimension, side: int, kernel: int, stride: int, dilation: int, padding: PaddingWord | ExplicitPadding
) -> Dimension:
    """Give the output size along one side. Raises LayerProblem where a mirror or the kernel does not fit."""
    if size is None:
        return None
    amount = amounts(padding, size, side, kernel, stride, dilation)
    assert amount is not None  # the size is known
    check_mirror(padding, size, amount)
    return (size + sum(amount) - extent(kernel, dilation)) // stride + 1


def windowed(
    shape: Shape,
    kernel: tuple[int, int],
    strides: tuple[int, int],
    dilation: tuple[int, int],
    padding: PaddingWord | ExplicitPadding,
    word: str,
    field: str,
) -> tuple[Dimension, Dimension]:
    """Give the output (height, width) of a window that slides over a map of `shape`.

    `word` and `field` name the window in the error: "kernel" and "kernel_size", or "pool" and "pool_size".
    """
    sizes = [windowed_size(shape[side], side, kernel[side], strides[side], dilation[side], padding) for side in (0, 1)]
    if any(size is not None and size < 1 for size in sizes):
        raise _does_not_fit(shape, kernel, dilation, word, field)
    return sizes[0], sizes[1]


def _does_not_fit(
    shape: Shape, kernel: tuple[int, int], dilation: tuple[int, int], word: str, field: str
) -> LayerProblem:
    size = "×".join("?" if side is None else str(side) for side in shape[:2])
    spans = [extent(kernel[side], dilation[side]) for side in (0, 1)]
    dilated = f" (spanning {spans[0]}×{spans[1]} when dilated)" if max(dilation) > 1 else ""
    return LayerProblem(
        f"{word} {kernel[0]}×{kernel[1]}{dilated} does not fit its {size} input",
        hint=f'padding "same" keeps {size}, or use a {word} of at most {min(side for side in shape[:2] if side)}',
        field=field,
    )
