"""How every figure looks, and how it becomes bytes. No pyplot: nothing here is global but the font."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

# Okabe and Ito (2008), told apart with every kind of colour blindness; vermilion is kept for mistakes.
BLUE, VERMILION = "#0072B2", "#D55E00"
INK, MUTED, FAINT = "#20262c", "#6a747d", "#dde2e6"
DPI = 120

_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    # A class may be called "5$ or 10$".
    "text.parse_math": False,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.grid": False,
    "grid.color": FAINT,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "legend.frameon": False,
    "figure.facecolor": "white",
}

Parameters = ParamSpec("Parameters")
Drawn = TypeVar("Drawn")


def styled(draw: Callable[Parameters, Drawn]) -> Callable[Parameters, Drawn]:
    """Let a figure be drawn in the house's style, whatever the user's matplotlib is set to."""

    @wraps(draw)
    def drawn(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Drawn:
        with mpl.rc_context(_STYLE):
            return draw(*args, **kwargs)

    return drawn


def title_height(subtitle: str) -> float:
    """Give how many inches at the top the title takes."""
    return 0.38 + (0.21 * (subtitle.count("\n") + 1) if subtitle else 0.0)


def new_figure(width: float, height: float, title: str, subtitle: str = "") -> Figure:
    """Give an empty figure of that size in inches; the title says what one sees, the subtitle how to read it."""
    figure = Figure(figsize=(width, height), dpi=DPI, facecolor="white")
    figure.text(0.1 / width, 1 - 0.1 / height, title, fontsize=12, fontweight="bold", va="top")
    figure.text(0.1 / width, 1 - 0.36 / height, subtitle, fontsize=9, color=MUTED, va="top", linespacing=1.4)
    return figure


def new_chart(width: float, height: float, title: str, subtitle: str = "") -> Figure:
    """Give a figure whose axes are laid out below the title, so that no label overlaps another."""
    figure = new_figure(width, height, title, subtitle)
    rect = (0.01, 0.01, 0.98, 1 - title_height(subtitle) / height - 0.01)
    figure.set_layout_engine(ConstrainedLayoutEngine(rect=rect))
    return figure


def bare(axes: Axes) -> None:
    """Take ticks and frame off: a picture has none."""
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def shorten(name: str, length: int = 18) -> str:
    """Give a class's name as it fits: one line, cut in the middle, where names that begin alike still differ."""
    line = " ".join(name.split())
    half = (length - 1) // 2
    return line if len(line) <= length else f"{line[: length - 1 - half]}…{line[-half:]}"


def to_png(figure: Figure) -> bytes:
    """Draw the figure."""
    target = io.BytesIO()
    with warnings.catch_warnings():
        # A class named in a script that the font lacks gets boxes, and a warning for each letter.
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        figure.savefig(target, format="png")
    return target.getvalue()
