"""Many small maps in rows: what kernels and feature maps are drawn with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cnnkeras.inspection.figures.sheet import Sheet
from cnnkeras.inspection.figures.style import FAINT, INK, MUTED

COLUMNS = 8
MARGIN, GAP, HEADING, CAPTION = 0.1, 0.14, 0.24, 0.2
# So few maps with so few numbers in them have them written out.
WRITTEN_TILES, WRITTEN = 16, 9


@dataclass(frozen=True)
class Tile:
    """One map `(height, width)`, or `(height, width, 3)` in colour.

    `extent` is the number drawn the strongest. A signed map is drawn in red and blue around zero, another in grey.
    """

    values: np.ndarray
    caption: str
    extent: float
    signed: bool = True


@dataclass(frozen=True)
class Row:
    """Tiles that belong together, under one heading; `detail` follows it in small where there is room."""

    heading: str
    tiles: Sequence[Tile]
    detail: str = ""


def lay_out(heading: str, tiles: Sequence[Tile]) -> list[Row]:
    """Break one layer's tiles into rows."""
    starts = range(0, len(tiles), COLUMNS)
    return [Row(heading if start == 0 else "", tiles[start : start + COLUMNS]) for start in starts]


def pack(rows: Sequence[Row]) -> list[Row]:
    """Put rows of a single tile side by side, each tile under its row's heading."""
    packed: list[Row] = []
    for alone, group in groupby(rows, key=lambda row: len(row.tiles) == 1 and bool(row.heading)):
        members = list(group)
        if not alone or len(members) == 1:
            packed += members
        else:
            packed += lay_out("", [replace(row.tiles[0], caption=row.heading) for row in members])
    return packed


def draw_rows(rows: Sequence[Row], title: str, subtitle: str, written: bool = False) -> Figure:
    """Draw rows of tiles; where `written`, the numbers of small maps stand in them."""
    columns = max(len(row.tiles) for row in rows)
    written = written and sum(len(row.tiles) for row in rows) <= WRITTEN_TILES
    cell = 1.1 if columns > 4 else 1.5
    height = sum(_height(row, cell) for row in rows) + MARGIN
    sheet = Sheet(max((cell + GAP) * columns - GAP + 2 * MARGIN, 7), height, title, subtitle)
    top = MARGIN
    for row in rows:
        sheet.text(f"{row.heading}  {row.detail}", MARGIN, top, fontsize=9, color=INK)
        below = top + HEADING * bool(row.heading)
        for column, tile in enumerate(row.tiles):
            _draw_tile(sheet, tile, MARGIN + column * (cell + GAP), below, cell, written)
        top += _height(row, cell)
    return sheet.figure


def _height(row: Row, cell: float) -> float:
    return HEADING * bool(row.heading) + cell + CAPTION * any(tile.caption for tile in row.tiles) + GAP


def _draw_tile(sheet: Sheet, tile: Tile, left: float, top: float, cell: float, written: bool) -> None:
    how: dict[str, Any] = {}
    if tile.values.ndim == 2:
        extent = tile.extent or 1.0
        how = {"cmap": "RdBu_r" if tile.signed else "gray", "vmin": -extent if tile.signed else 0, "vmax": extent}
    sheet.picture(tile.values, left, top, cell, (FAINT, 0.8), **how)
    sheet.text(tile.caption, left + cell / 2, top + cell + 0.05, ha="center", fontsize=7.5, color=MUTED)
    if written and tile.values.ndim == 2 and tile.values.size <= WRITTEN:
        _write_numbers(sheet, tile, left, top, cell)


def _write_numbers(sheet: Sheet, tile: Tile, left: float, top: float, cell: float) -> None:
    """Write each number in the middle of its pixel."""
    height, width = tile.values.shape
    pixel = cell / max(height, width)
    left, top = left + (cell - pixel * width) / 2, top + (cell - pixel * height) / 2
    for (row, column), value in np.ndenumerate(tile.values):
        color = INK if abs(value) < 0.6 * tile.extent else "white"
        place = (left + (column + 0.5) * pixel, top + (row + 0.5) * pixel)
        sheet.text(_number(value), *place, ha="center", va="center", fontsize=7, color=color)


def _number(value: float) -> str:
    """Write a number so that it fits into a pixel: two decimals, without zeros at the end."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")
