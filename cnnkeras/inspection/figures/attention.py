"""Pictures with what the network looks at in them laid over."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from cnnkeras.inspection.figures.sheet import Sheet, in_colour
from cnnkeras.inspection.figures.style import FAINT, INK, shorten, styled

CELL, GAP, MARGIN, LINE, COLUMNS = 1.35, 0.08, 0.14, 0.24, 3
# How much of the picture the strongest place covers.
COVER = 0.65
COLOURS = "inferno"


@dataclass(frozen=True)
class Looked:
    """A picture, uint8 `(height, width, channels)`, where the network looks in it `(height, width)`, and for what."""

    picture: np.ndarray
    seen: np.ndarray
    words: str


@styled
def looked_at(looked: Sequence[Looked], title: str, subtitle: str) -> Figure:
    """Draw each picture beside itself with the places laid over."""
    columns = min(COLUMNS, len(looked))
    wide, high = 2 * CELL + GAP + 2 * MARGIN, CELL + LINE + MARGIN
    rows = math.ceil(len(looked) / columns)
    sheet = Sheet(max(wide * columns, 7.6), high * rows + MARGIN, title, subtitle)
    for index, each in enumerate(looked):
        top, left = MARGIN + index // columns * high, MARGIN + index % columns * wide
        picture = in_colour(each.picture)
        sheet.picture(picture, left, top, CELL, (FAINT, 0.8))
        sheet.picture(overlaid(picture, each.seen), left + CELL + GAP, top, CELL, (FAINT, 0.8))
        sheet.text(shorten(each.words, 40), left, top + CELL + 0.04, fontsize=8, color=INK)
    return sheet.figure


def overlaid(picture: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Give a picture, uint8 in three channels, with the places over it, the more the stronger."""
    grey = picture.mean(axis=-1, keepdims=True) / 255
    heat = mpl.colormaps[COLOURS](seen)[..., :3]
    cover = COVER * seen[..., None]
    shades: np.ndarray = ((grey * (1 - cover) + heat * cover) * 255).clip(0, 255).astype(np.uint8)
    return shades
