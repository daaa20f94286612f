"""Pictures with what they are and what the network said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from cnnkeras.inspection.figures.sheet import Sheet, in_colour, own_name
from cnnkeras.inspection.figures.style import FAINT, INK, MUTED, VERMILION, shorten, styled

COLUMNS, LINE = 8, 0.16
MARGIN, GAP = 0.1, 0.14
# Inches that a letter of a picture's name takes.
LETTER = 0.056


@dataclass(frozen=True)
class Exhibit:
    """One picture, uint8 `(height, width, channels)` as the data has it, its class's name, and the answer to it.

    Whether the answer is right is no matter of names: two classes may have the same. `name` is the picture's own.
    """

    picture: np.ndarray
    truth: str
    answer: str
    score: float
    right: bool
    name: str = ""


@styled
def gallery(exhibits: Sequence[Exhibit], title: str, subtitle: str) -> Figure:
    """Draw a grid of pictures. A mistake is told by its thick frame, by ✗ and by what it is; not by colour alone."""
    columns = min(COLUMNS, len(exhibits))
    rows = math.ceil(len(exhibits) / columns)
    longest = max(len(line) for exhibit in exhibits for line in _caption(exhibit).splitlines())
    cell = min(max(1.2, 0.078 * longest), 2.2)
    width = max((cell + GAP) * columns - GAP + 2 * MARGIN, 7)
    lines = 3 if any(exhibit.name for exhibit in exhibits) else 2
    height = cell + lines * LINE + 2 * GAP
    sheet = Sheet(width, height * rows + MARGIN, title, subtitle)
    for index, exhibit in enumerate(exhibits):
        row, column = divmod(index, columns)
        _show(sheet, exhibit, MARGIN + column * (cell + GAP), MARGIN + row * height, cell)
    return sheet.figure


def _show(sheet: Sheet, exhibit: Exhibit, left: float, top: float, cell: float) -> None:
    picture, right = exhibit.picture, exhibit.right
    frame = (FAINT, 1.0) if right else (VERMILION, 3.0)
    sheet.picture(in_colour(picture), left, top, cell, frame)
    weight = "normal" if right else "bold"
    sheet.text(
        _caption(exhibit),
        left + cell / 2,
        top + cell + 0.07,
        ha="center",
        fontsize=8,
        linespacing=1.35,
        color=MUTED if right else INK,
        fontweight=weight,
    )
    name, below = own_name(exhibit.name, int(cell / LETTER)), top + cell + 0.08 + 2 * LINE
    sheet.text(name, left + cell / 2, below, ha="center", fontsize=6.5, color=MUTED)


def _caption(exhibit: Exhibit) -> str:
    if exhibit.right:
        return f"✓ {shorten(exhibit.answer)}\n{_percent(exhibit.score)}"
    return f"✗ says {shorten(exhibit.answer)} · {_percent(exhibit.score)}\nis {shorten(exhibit.truth)}"


def _percent(score: float) -> str:
    """Write a probability; only what rounds to 100 % without being it needs a decimal."""
    if math.isnan(score):
        return "?"
    return f"{score:.0%}" if score < 0.995 or score == 1 else f"{math.floor(score * 1000) / 10}%"
