"""A contact sheet: pictures with what they are labelled as drawn on them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from cnnkeras.inspection.figures.boxes import draw_boxes
from cnnkeras.inspection.figures.masks import coloured
from cnnkeras.inspection.figures.names_on_masks import write_names
from cnnkeras.inspection.figures.sheet import Sheet, in_colour
from cnnkeras.inspection.figures.style import FAINT, INK, MUTED, shorten, styled
from cnnkeras.spec.data import VOID
from cnnkeras.tasks.palette import colours_of

COLUMNS, CELL, CAPTION, MARGIN, GAP = 6, 1.75, 0.2, 0.1, 0.1
# How much of a mask's colour covers the picture.
COVER = 0.55


@dataclass(frozen=True, eq=False)
class Labelled:
    """A picture uint8 `(height, width, channels)`, what stands below it, and its mask or its boxes, if it has them.

    The mask is uint8 `(height, width)`; boxes are `(n, 4)`, left, top, right and bottom in pixels, `classes` theirs.
    """

    picture: np.ndarray
    caption: str
    mask: np.ndarray | None = None
    boxes: np.ndarray | None = None
    classes: np.ndarray | None = None


@styled
def contact_sheet(pictures: Sequence[Labelled], class_names: Sequence[str], title: str, subtitle: str) -> Figure:
    """Draw a grid of pictures; masks and boxes in their classes' colours, and with their names."""
    columns = min(COLUMNS, len(pictures))
    rows = math.ceil(len(pictures) / columns)
    width = max(columns * (CELL + GAP) - GAP + 2 * MARGIN, 7.0)
    # Where all pictures are wide, the lines are as low as the highest.
    height = CELL * min(1.0, max(each.picture.shape[0] / each.picture.shape[1] for each in pictures))
    sheet = Sheet(width, rows * (height + CAPTION + GAP) + MARGIN, title, subtitle)
    colours = np.array(colours_of(class_names), np.uint8)
    for index, each in enumerate(pictures):
        row, column = divmod(index, columns)
        left, top = MARGIN + column * (CELL + GAP), MARGIN + row * (height + CAPTION + GAP)
        # A picture lies in the middle of its square.
        square = top - (CELL - height) / 2
        sheet.picture(_shown(each, colours), left, square, CELL, (FAINT, 0.8))
        _draw_labels(sheet, each, class_names, colours, (left, square, CELL))
        how = {"ha": "center", "fontsize": 7.5, "color": MUTED}
        sheet.text(shorten(each.caption, 24), left + CELL / 2, top + height + 0.04, **how)
    return sheet.figure


def _shown(each: Labelled, colours: np.ndarray) -> np.ndarray:
    """Give the picture in three channels, its mask over it."""
    shown = in_colour(each.picture)
    if each.mask is None:
        return shown
    cover = np.where((each.mask < len(colours)) | (each.mask == VOID), COVER, 0.0)[..., None]
    blended: np.ndarray = np.round(shown * (1 - cover) + coloured(each.mask, colours) * cover).astype(np.uint8)
    return blended


def _draw_labels(
    sheet: Sheet, each: Labelled, class_names: Sequence[str], colours: np.ndarray, place: tuple[float, float, float]
) -> None:
    """Write each class's name into the mask; draw the boxes."""
    height, width = each.picture.shape[:2]
    if each.mask is not None:
        write_names(sheet, each.mask, class_names, place)
    if each.boxes is not None and each.classes is not None:
        known = [0 <= number < len(class_names) for number in each.classes]
        texts = [
            shorten(class_names[n], 12) if is_known else "?" for n, is_known in zip(each.classes, known, strict=True)
        ]
        drawn = [
            "#{:02x}{:02x}{:02x}".format(*colours[n]) if k else INK for n, k in zip(each.classes, known, strict=True)
        ]
        draw_boxes(sheet, each.boxes, (height, width), texts, drawn, place)
