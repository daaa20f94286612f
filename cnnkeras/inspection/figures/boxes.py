"""Pictures with their boxes: what there is beside what the network says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke

from cnnkeras.inspection.figures.sheet import Sheet, fitted, in_colour, name_at_right
from cnnkeras.inspection.figures.style import BLUE, FAINT, INK, MUTED, VERMILION, shorten, styled
from cnnkeras.tasks.detection.matching import WRONG, Matched, match
from cnnkeras.tasks.detection.picture import PictureBoxes

CELL, CAPTION, HEADING = 2.2, 0.22, 0.22
MARGIN, GAP, BETWEEN = 0.1, 0.06, 0.3
PARTS = ("what there is", "what the network says")
# Among more boxes, names would hide each other and the picture; among fewer of them they are small.
MOST_NAMED, MOST_LARGE = 25, 8
# Inches that a letter of one point takes at most.
LETTER = 0.0092
# Told apart by more than the colour: what is wrong is dashed too.
DASHED = (0, (3, 1.5))


@dataclass(frozen=True, eq=False)
class Answered:
    """A picture uint8 `(height, width, channels)` with its boxes and those that the network gives out, and its name."""

    picture: np.ndarray
    truth: PictureBoxes
    found: PictureBoxes
    name: str = ""

    @cached_property
    def matched(self) -> Matched:
        """Tell which of them are the same."""
        return match(self.truth, self.found)


@styled
def boxes(answered: Sequence[Answered], class_names: Sequence[str], title: str, subtitle: str) -> Figure:
    """Draw two tiles for each picture, three pictures a line. A mistake is orange and dashed; boxes have names."""
    columns = min(3, len(answered))
    lines = [answered[first : first + columns] for first in range(0, len(answered), columns)]
    heights = [max(_height(each) for each in line) for line in lines]
    block = len(PARTS) * (CELL + GAP) - GAP
    width = max(columns * (block + BETWEEN) - BETWEEN + 2 * MARGIN, 7.0)
    sheet = Sheet(width, HEADING + 2 * MARGIN + sum(heights) + len(lines) * (CAPTION + GAP), title, subtitle)
    for column in range(columns):
        for part, name in enumerate(PARTS):
            sheet.text(name, MARGIN + column * (block + BETWEEN) + part * (CELL + GAP), MARGIN, fontsize=8, color=MUTED)
    top = HEADING + MARGIN
    for line, height in zip(lines, heights, strict=True):
        for column, each in enumerate(line):
            _draw(sheet, each, class_names, MARGIN + column * (block + BETWEEN), top, height)
        top += height + CAPTION + GAP
    return sheet.figure


def _height(each: Answered) -> float:
    """Give how many inches of a tile's square the picture takes."""
    height, width = each.picture.shape[:2]
    return float(CELL * min(1.0, height / width))


def _draw(sheet: Sheet, each: Answered, class_names: Sequence[str], left: float, top: float, height: float) -> None:
    """Draw a picture's two tiles into a line of that height."""
    # A square whose middle is the line's; what stands out above and below is empty.
    square = top + (height - CELL) / 2
    shown = in_colour(each.picture)
    names = [shorten(name, 12) for name in class_names]
    scores = [f"{score:.2f}".removeprefix("0") for score in each.found.scores]
    for part in range(len(PARTS)):
        place = left + part * (CELL + GAP)
        sheet.picture(shown, place, square, CELL, (FAINT, 0.8))
        own = each.found if part else each.truth
        wrong = each.matched.partners == WRONG if part else each.matched.missed
        texts = [names[kind] for kind in own.classes]
        if part:
            texts = [f"{text} {score}" for text, score in zip(texts, scores, strict=True)]
        colours = [VERMILION if is_wrong else BLUE for is_wrong in wrong]
        draw_boxes(sheet, own.boxes, own.size, texts, colours, (place, square, CELL), wrong)
    sheet.text(caption(each), left, top + height + 0.04, fontsize=8, color=INK)
    name_at_right(sheet, each.name, left + 2 * CELL + GAP, top + height + 0.04)


def draw_boxes(
    sheet: Sheet,
    boxes: np.ndarray,
    size: tuple[int, int],
    texts: Sequence[str],
    colours: Sequence[str],
    place: tuple[float, float, float],
    dashed: Sequence[bool] | np.ndarray = (),
) -> None:
    """Draw boxes `(n, 4)` with a text and a colour each onto a picture of that height and width.

    `place` is the picture's square on the sheet: its left, its top and its side. Among many boxes there are no texts.
    """
    left, top, scale = fitted(size, *place)
    how: dict[str, Any] = {"fontsize": 6.5 if len(boxes) <= MOST_LARGE else 5.0, "color": "white"}
    for index, (box, text, colour) in enumerate(zip(boxes * scale, texts, colours, strict=True)):
        start, above = left + box[0], top + box[1]
        line = DASHED if len(dashed) and dashed[index] else "-"
        sheet.outline(start, above, box[2] - box[0], box[3] - box[1], colour, 1.5, line)
        if len(boxes) <= MOST_NAMED:
            # Inside, where above it would stand on the picture's heading.
            inside = box[1] < 0.12
            effects = [withStroke(linewidth=1.8, foreground=colour)]
            how["va"] = "top" if inside else "bottom"
            # Within the picture: at its right border the next one begins.
            widest = LETTER * how["fontsize"] * len(text) + 0.06
            start = max(left, min(start, left + scale * size[1] - widest))
            sheet.text(text, start + 0.04, above + (0.04 if inside else -0.02), **how, path_effects=effects)


def caption(each: Answered) -> str:
    """Say what was found and what is wrong."""
    right, wrong = each.matched.right, each.matched.wrong
    there = right + int(each.matched.missed.sum())
    said = f"{right} of {there} found" if there else "nothing is there"
    return f"{said} · {wrong} wrong" if wrong else f"{said}, none wrong"
