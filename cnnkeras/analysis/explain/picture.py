"""A convolution written out on a small picture of numbers, one output pixel at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from cnnkeras.errors import Diagnostic, UserError, excerpt
from cnnkeras.layers.base import show
from cnnkeras.layers.padding import Mode, extent, mode_of
from cnnkeras.layers.windowed import WindowedLayer
from cnnkeras.spec.overrides import COMMAND_LINE

Rows = Sequence[Sequence[float]]

# The picture of the blackboard, for layers whose user gives none.
EXAMPLE = ((1, 1, 1, 0, 0), (0, 1, 1, 1, 0), (0, 0, 1, 1, 1), (0, 0, 1, 1, 0), (0, 1, 1, 0, 0))
LARGEST_SIDE = 64
_NUMBER = re.compile(r"[^\s,/]+")

# Where a pixel outside the picture is taken from; None is zero. `size` is the picture's.
_OUTSIDE: dict[Mode, Callable[[int, int], int | None]] = {
    "zeros": lambda _index, _size: None,
    "replicate": lambda index, size: 0 if index < 0 else size - 1,
    "reflect": lambda index, size: -index if index < 0 else 2 * (size - 1) - index,
    "symmetric": lambda index, size: -index - 1 if index < 0 else 2 * size - 1 - index,
}


def read_picture(text: str) -> Rows:
    """Read `1 1 0/0 1 1`: rows with "/" or line breaks between them. Raises UserError."""
    rows: list[list[float]] = []
    for start, line in _lines(text):
        rows.append([_number(text, start + found.start(), found[0]) for found in _NUMBER.finditer(line)])
        if len(rows[-1]) != len(rows[0]) or not rows[-1]:
            message = f"row 1 has {len(rows[0])} numbers, and row {len(rows)} has {len(rows[-1])}"
            raise _wrong(text, start, message if rows[0] else "the picture has no numbers")
    if max(len(rows), len(rows[0])) > LARGEST_SIDE:
        raise _wrong(
            text, 0, f"the picture is {len(rows)}×{len(rows[0])}, and at most {LARGEST_SIDE} a side fit on the board"
        )
    return rows


def _lines(text: str) -> list[tuple[int, str]]:
    """Give the rows that hold something, with their offsets; the first in any case."""
    lines = [(found.start(), found[0]) for found in re.finditer(r"[^/\n]+", text)]
    return [line for line in lines if line[1].strip()] or [(0, "")]


def _number(text: str, offset: int, word: str) -> float:
    try:
        number = float(word)
    except ValueError:
        raise _wrong(text, offset, f'"{word[:20]}" is no number') from None
    if not abs(number) <= 1e9:
        raise _wrong(text, offset, f"{word[:20]} is no number for a blackboard: at most 1000000000")
    return number


def _wrong(text: str, offset: int, message: str) -> UserError:
    line = text.count("\n", 0, offset)
    column = offset - (text.rfind("\n", 0, offset) + 1)
    hint = 'write rows with / between them, as in --picture "1 1 0/0 1 1/0 0 1"'
    around = excerpt(text, offset - column, offset)
    return UserError(
        Diagnostic(
            "picture", "error", COMMAND_LINE, line + 1, column + 1, "", f"--picture: {message}", hint, (), around
        )
    )


def example_for(layer: WindowedLayer) -> Rows:
    """Give a small picture on which the layer's window fits and can move."""
    kernel, strides, dilation = layer.window_size()
    sides = [max(5, extent(kernel[side], dilation[side]) + 2 * strides[side]) for side in (0, 1)]
    return [[EXAMPLE[row % 5][column % 5] for column in range(sides[1])] for row in range(sides[0])]


def write_convolution(layer: WindowedLayer, kernel: Rows, picture: Rows) -> str:
    """Write the picture, the kernel, each output pixel's sum, and the result.

    The kernel is laid on as it stands, not turned round, as in every network library. Raises LayerProblem where it
    does not fit the picture.
    """
    shape = (len(picture), len(picture[0]), 1)
    height, width = layer.window_output(shape)
    amounts = layer.padding_amounts(shape)
    assert height is not None  # the picture's size is known
    assert width is not None
    assert amounts is not None
    padded = pad(picture, amounts, mode_of(layer.padding))
    sums = [[_terms(layer, kernel, padded, row, column) for column in range(width)] for row in range(height)]
    result = [[sum(pixel * weight for pixel, weight in terms) for terms in row] for row in sums]
    lines = [f"picture {show(shape[:2])}", *board(picture)]
    if any(map(any, amounts)):
        lines += ["", f"padded to {len(padded)}×{len(padded[0])} ({mode_of(layer.padding)})", *board(padded)]
    lines += ["", f"kernel {len(kernel)}×{len(kernel[0])}", *board(kernel), ""]
    for row, terms in enumerate(sums):
        lines += [
            f"[{row}, {column}]  {_sum(each)} = {number(result[row][column])}" for column, each in enumerate(terms)
        ]
    return "\n".join([*lines, "", f"result {height}×{width}", *board(result)])


def pad(picture: Rows, amounts: tuple[tuple[int, int], tuple[int, int]], mode: Mode) -> Rows:
    """Give the picture with its padding around it."""
    rows = _indices(len(picture), amounts[0], mode)
    columns = _indices(len(picture[0]), amounts[1], mode)
    return [[0 if row is None or column is None else picture[row][column] for column in columns] for row in rows]


def _indices(size: int, amount: tuple[int, int], mode: Mode) -> list[int | None]:
    outside = _OUTSIDE[mode]
    places = range(-amount[0], size + amount[1])
    return [index if 0 <= index < size else outside(index, size) for index in places]


def _terms(layer: WindowedLayer, kernel: Rows, padded: Rows, row: int, column: int) -> list[tuple[float, float]]:
    """Give the pixels under the kernel and its weights, for one output pixel."""
    _, strides, dilation = layer.window_size()
    top, left = row * strides[0], column * strides[1]
    return [
        (padded[top + down * dilation[0]][left + right * dilation[1]], weight)
        for down, weights in enumerate(kernel)
        for right, weight in enumerate(weights)
    ]


def _sum(terms: Sequence[tuple[float, float]]) -> str:
    return " + ".join(f"{_factor(pixel)}·{_factor(weight)}" for pixel, weight in terms)


def _factor(value: float) -> str:
    return f"({number(value)})" if value < 0 else number(value)


def number(value: float) -> str:
    """Write a number as on the board: integers whole, others with four digits."""
    text = f"{value:.0f}" if value == int(value) else f"{value:.4g}"
    return text.replace("-", "−")


def board(rows: Rows) -> list[str]:
    """Write rows of numbers in columns."""
    cells = [[number(value) for value in row] for row in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    return [" ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
