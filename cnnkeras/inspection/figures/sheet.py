"""A sheet on which many small pictures are laid out in inches.

One coordinate system for all of them: a grid of matplotlib's axes takes ten times as long to draw.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.patches import Rectangle

from cnnkeras.inspection.figures.style import FAINT, new_figure, title_height

# Smaller pictures are drawn with their pixels, larger ones smoothed.
PIXELATED = 64


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
        tall, wide = size * height / max(height, width), size * width / max(height, width)
        left, top = left + (size - wide) / 2, top + (size - tall) / 2
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
