"""Pictures beside their masks: what each pixel is, what the network says, and where the two differ."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from cnnkeras.inspection.figures.names_on_masks import write_names
from cnnkeras.inspection.figures.sheet import Sheet, in_colour, name_at_right
from cnnkeras.inspection.figures.style import DPI, FAINT, INK, MUTED, VERMILION, shorten, styled
from cnnkeras.spec.data import VOID
from cnnkeras.tasks.palette import VOID_COLOUR, colours_of
from cnnkeras.tasks.tables import mean_iou

CELL, CAPTION, HEADING = 1.6, 0.22, 0.22
# Pictures with more pixels along a side than a cell has on the sheet are given a larger one.
LARGE = 2.4
MARGIN, GAP, BETWEEN = 0.1, 0.06, 0.3
PARTS = ("picture", "what it is", "what the network says", "mistakes")
# Of more classes only those that are there to be seen stand in the legend.
LEGEND_WIDTH, LEGEND_LINE, MOST_IN_LEGEND = 0.16, 0.22, 40


@dataclass(frozen=True)
class Answered:
    """A picture uint8 `(height, width, channels)`, of the same size its mask and the network's, and its name."""

    picture: np.ndarray
    truth: np.ndarray
    answer: np.ndarray
    name: str = ""

    @property
    def known(self) -> np.ndarray:
        """Tell which pixels have a class."""
        known: np.ndarray = self.truth != VOID
        return known

    @property
    def wrong(self) -> np.ndarray:
        """Tell which pixels the network takes for another class."""
        wrong: np.ndarray = self.known & (self.truth != self.answer)
        return wrong


@styled
def masks(answered: Sequence[Answered], class_names: Sequence[str], title: str, subtitle: str) -> Figure:
    """Draw four tiles for each picture, two pictures a line. A class is told by its name in its largest spot too."""
    columns = min(2, len(answered))
    lines = math.ceil(len(answered) / columns)
    cell = _cell(answered)
    block = len(PARTS) * (cell + GAP) - GAP
    width = columns * (block + BETWEEN) - BETWEEN + 2 * MARGIN
    legend = _legend(answered, class_names, width)
    head = MARGIN + LEGEND_LINE * (max(line for line, *_ in legend) + 1) + HEADING
    sheet = Sheet(width, head + lines * (cell + CAPTION + GAP) + MARGIN, title, subtitle)
    colours = np.array(colours_of(class_names), np.uint8)
    for line, left, index in legend:
        _draw_legend(sheet, colours[index], class_names[index], left, MARGIN + line * LEGEND_LINE)
    for column in range(columns):
        for part, name in enumerate(PARTS):
            left = MARGIN + column * (block + BETWEEN) + part * (cell + GAP)
            sheet.text(name, left, head - HEADING + 0.04, fontsize=8, color=MUTED)
    for index, each in enumerate(answered):
        line, column = divmod(index, columns)
        left, top = MARGIN + column * (block + BETWEEN), head + line * (cell + CAPTION + GAP)
        _draw(sheet, each, class_names, colours, (left, top, cell))
    return sheet.figure


def _cell(answered: Sequence[Answered]) -> float:
    return LARGE if max(max(each.truth.shape) for each in answered) > CELL * DPI else CELL


def _legend(answered: Sequence[Answered], class_names: Sequence[str], width: float) -> list[tuple[int, float, int]]:
    """Give for each class that is seen its line and its place on it."""
    seen = {int(number) for each in answered for mask in (each.truth, each.answer) for number in np.unique(mask)}
    places, line, left = [], 0, MARGIN
    for index in sorted(number for number in seen if number < len(class_names))[:MOST_IN_LEGEND]:
        wide = LEGEND_WIDTH + 0.2 + 0.085 * len(shorten(class_names[index]))
        if left + wide > width - MARGIN:
            line, left = line + 1, MARGIN
        places.append((line, left, index))
        left += wide
    return places or [(0, MARGIN, 0)]


def _draw_legend(sheet: Sheet, colour: np.ndarray, name: str, left: float, top: float) -> None:
    sheet.box(left, top, LEGEND_WIDTH, LEGEND_WIDTH, tuple(colour / 255))
    sheet.text(shorten(name), left + LEGEND_WIDTH + 0.05, top + LEGEND_WIDTH / 2, fontsize=9, color=INK, va="center")


def _draw(
    sheet: Sheet, each: Answered, class_names: Sequence[str], colours: np.ndarray, place: tuple[float, float, float]
) -> None:
    (left, top, cell), frame = place, (FAINT, 0.8)
    # A line of a mask that is one pixel wide would be broken up where not every pixel is drawn.
    interpolation = "nearest" if max(each.truth.shape) <= cell * DPI else "antialiased"
    shown = [in_colour(each.picture), *(coloured(mask, colours) for mask in (each.truth, each.answer)), _mistakes(each)]
    for part, values in enumerate(shown):
        own = left + part * (cell + GAP)
        sheet.picture(values, own, top, cell, frame, interpolation=interpolation)
        if part in (1, 2):
            mask = each.truth if part == 1 else each.answer
            write_names(sheet, mask, class_names, (own, top, cell))
    sheet.text(caption(each, class_names), left, top + cell + 0.04, fontsize=8, color=INK)
    name_at_right(sheet, each.name, left + len(PARTS) * (cell + GAP) - GAP, top + cell + 0.04)


def coloured(mask: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Give a mask in its classes' colours, uint8 `(height, width, 3)`; void pixels are white."""
    known = mask < len(colours)
    return np.where(known[..., None], colours[np.where(known, mask, 0)], np.array(VOID_COLOUR, np.uint8))


def _mistakes(each: Answered) -> np.ndarray:
    """Give the picture, pale, with the mistakes on it; what counts nowhere is white."""
    pale = 150 + in_colour(each.picture).mean(axis=-1, keepdims=True) * (90 / 255)
    painted = np.repeat(pale, 3, axis=-1)
    painted[each.wrong] = np.array(to_rgb(VERMILION)) * 255
    painted[~each.known] = VOID_COLOUR
    return painted.astype(np.uint8)


def caption(each: Answered, class_names: Sequence[str]) -> str:
    """Say how good an answer is, and which two classes it confuses most."""
    text, wrong = f"IoU {mean_iou(each.truth, each.answer):.2f}", each.wrong
    if not wrong.any():
        return f"{text} · no wrong pixel"
    pairs, counts = np.unique(np.stack([each.truth[wrong], each.answer[wrong]]), axis=1, return_counts=True)
    was, said = (shorten(class_names[number], 14) for number in pairs[:, counts.argmax()])
    total = int(wrong.sum())
    pixels = "pixel" if total == 1 else "pixels"
    return f"{text} · mostly {was} → {said}: {counts.max():,} of {total:,} wrong {pixels}"
