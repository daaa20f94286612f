"""A sheet on which many small pictures are laid out in inches.

One coordinate system for all of them: a grid of matplotlib's axes takes ten times as long to draw.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from matplotlib.patches import Rectangle

from cnnkeras.inspection.figures.style import FAINT, MUTED, new_figure, shorten, title_height

# Smaller pictures are drawn with their pixels, larger ones smoothed.
PIXELATED = 64


def in_colour(picture: np.ndarray) -> np.ndarray:
    """Give a picture `(height, width, channels)` in three channels; of two, of five and more the first is shown."""
    return picture[..., :3] if picture.shape[-1] in (3, 4) else np.repeat(picture[..., :1], 3, axis=-1)


class Place(NamedTuple):
    """Where a picture lies in its square: its left and its top, in inches, and how many inches a pixel takes."""

    left: float
    top: float
    scale: float


def fitted(size: tuple[int, int], left: float, top: float, side: float) -> Place:
    """Fit a picture of a height and a width into a square, in the middle."""
    scale = side / max(size)
    return Place(left + (side - scale * size[1]) / 2, top + (side - scale * size[0]) / 2, scale)


class Sheet:
    """A figure whose places are inches from the left and from the top, below the title."""

    def __init__(self, width: float, height: float, title: str, subtitle: str) -> None:
        head = title_height(subtitle)
        self.figure = new_figure(width, height + head, title, subtitle)
        self._axes = self.figure.add_axes((0, 0, 1, height / (height + head)))
        self._axes.set_axis_off()
        self._limits = (0.0, width), (height, 0.0)
        self._fix()

    def picture(
        self, values: np.ndarray, left: float, top: float, size: float, frame: tuple[str, float], **how: Any
    ) -> None:
        """Fit a picture into a square, in the middle, with a frame of a colour and a width."""
        height, width = values.shape[:2]
        left, top, scale = fitted((height, width), left, top, size)
        tall, wide = scale * height, scale * width
        interpolation = "nearest" if max(height, width) < PIXELATED else "antialiased"
        extent = (left, left + wide, top + tall, top)
        self._axes.imshow(values, extent=extent, aspect="auto", **{"interpolation": interpolation, **how})
        self._axes.add_patch(Rectangle((left, top), wide, tall, fill=False, edgecolor=frame[0], linewidth=frame[1]))
        self._fix()

    def box(self, left: float, top: float, width: float, height: float, colour: tuple[float, ...]) -> None:
        """Fill a rectangle, as a legend has them."""
        self._axes.add_patch(Rectangle((left, top), width, height, facecolor=colour, edgecolor=FAINT, linewidth=0.8))

    def outline(
        self, left: float, top: float, width: float, height: float, colour: str, linewidth: float, linestyle: Any = "-"
    ) -> None:
        """Draw a rectangle's border."""
        self._axes.add_patch(
            Rectangle(
                (left, top), width, height, fill=False, edgecolor=colour, linewidth=linewidth, linestyle=linestyle
            )
        )

    def text(self, text: str, left: float, top: float, **how: Any) -> None:
        """Write a text whose top left, or whatever `how` says, stands there."""
        self._axes.text(left, top, text, **{"va": "top", **how})

    def _fix(self) -> None:
        # Every picture would move the limits to its own.
        self._axes.set(xlim=self._limits[0], ylim=self._limits[1])


def name_at_right(sheet: Sheet, name: str, right: float, top: float) -> None:
    """Write a picture's name so that it ends there."""
    sheet.text(own_name(name, 30), right, top, ha="right", fontsize=6.5, color=MUTED)


def own_name(name: str, length: int) -> str:
    """Give a picture's name without its folders, as it fits: those are the same for many, and leave it no room."""
    return shorten(name.rpartition("/")[2], length)
