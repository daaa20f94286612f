"""Where a mask's classes are named: each in its largest spot, none upon another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.patheffects import withStroke

from cnnkeras.inspection.figures.sheet import Sheet
from cnnkeras.inspection.figures.style import INK, shorten
from cnnkeras.tasks.palette import BACKGROUND

# Inches that half a name takes to each side, and up and down.
HALF_LETTER, HALF_LINE = 0.036, 0.07
LONGEST = 10
# Lines by which a name may move away from another, the nearest first.
MOVES = (0, 1, -1, 2, -2)


class Name(NamedTuple):
    """A name and its middle, in inches from the cell's left and top."""

    text: str
    left: float
    top: float

    @property
    def beside(self) -> float:
        """Give how far it reaches to each side."""
        return HALF_LETTER * len(self.text)

    def meets(self, other: Name) -> bool:
        """Tell whether one stands upon the other."""
        beside = abs(self.left - other.left) < self.beside + other.beside
        return beside and abs(self.top - other.top) < 2 * HALF_LINE


def write_names(sheet: Sheet, mask: np.ndarray, class_names: Sequence[str], place: tuple[float, float, float]) -> None:
    """Write them on a sheet; the cell is given by its left, its top and its side, in inches."""
    left, top, cell = place
    for name in names(mask, class_names, cell):
        sheet.text(
            name.text,
            left + name.left,
            top + name.top,
            ha="center",
            va="center",
            fontsize=7,
            color="white",
            path_effects=[withStroke(linewidth=1.6, foreground=INK)],
        )


def names(mask: np.ndarray, class_names: Sequence[str], cell: float) -> list[Name]:
    """Give the names of the classes in a mask that is drawn in the middle of a square cell of so many inches.

    The background goes without. Where there is no room beside the others' names, the legend has to do.
    """
    height, width = mask.shape
    scale = cell / max(height, width)
    found: list[Name] = []
    for number in np.unique(mask):
        if number >= len(class_names) or class_names[number] == BACKGROUND:
            continue
        row, column = innermost(mask == number)
        left, top = (cell - scale * width) / 2, (cell - scale * height) / 2
        name = Name(shorten(class_names[number], LONGEST), left + (column + 0.5) * scale, top + (row + 0.5) * scale)
        moved = (_inside(name, lines, cell) for lines in MOVES)
        found += next(([each] for each in moved if not any(map(each.meets, found))), [])
    return found


def _inside(name: Name, lines: int, cell: float) -> Name:
    """Give the name so many lines lower, but not beyond the cell, whose neighbours have names of their own."""
    left = min(max(name.left, name.beside), cell - name.beside)
    top = min(max(name.top + lines * 2 * HALF_LINE, HALF_LINE), cell - HALF_LINE)
    return Name(name.text, left, top)


def innermost(region: np.ndarray) -> tuple[int, int]:
    """Give a pixel that lies as far inside a region as any, by peeling it."""
    while True:
        framed = np.pad(region, 1)
        peeled = region & framed[:-2, 1:-1] & framed[2:, 1:-1] & framed[1:-1, :-2] & framed[1:-1, 2:]
        if not peeled.any():
            rows, columns = np.nonzero(region)
            middle = len(rows) // 2
            return int(rows[middle]), int(columns[middle])
        region = peeled
