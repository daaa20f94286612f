"""What was taken for what: the confusion matrix, from two classes to thousands."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure

from cnnkeras.inspection.figures.style import INK, MUTED, bare, new_chart, shorten, styled

# Up to so many classes each cell holds its count; up to so many each row is named.
COUNTED, NAMED = 25, 120
PAIRS = 15
# Inches that a letter of the title takes: pixels are counted by the million.
LETTER = 0.11


@styled
def confusion_matrix(counts: np.ndarray, class_names: Sequence[str], of: str = "") -> Figure:
    """Draw the matrix; where there are too many classes for counts, the pairs most often confused stand beside it.

    Of pixels, which are many, the cells hold shares of the row in place of counts.

    Args:
        counts: how often the class of the row was taken for the class of the column.
        class_names: the names, in that order.
        of: what is counted, where it is not whole pictures: "pixels", "boxes".

    """
    classes = len(counts)
    right, total = int(np.trace(counts)), int(counts.sum())
    side = float(np.clip(0.42 * classes, 3.4, 7) if classes <= COUNTED else np.clip(0.125 * classes, 7, 13))
    listed = classes > COUNTED
    title = f"Confusion: {right:,} of {total:,} {of}{' ' * bool(of)}right ({right / max(total, 1):.1%})"
    figure = new_chart(
        max(side + 1.8 + 4.2 * listed, LETTER * len(title)),
        side + 1.6,
        title,
        "Each row is what it was, each column what the network said.\n"
        + ("The number is a cell's share of its row." if of == "pixels" else "The shade is a cell's share of its row."),
    )
    grid = figure.add_gridspec(1, 1 + listed, width_ratios=[side, 3.6][: 1 + listed])
    axes = figure.add_subplot(grid[0])
    # The square root of the share: one mistake in a hundred is still seen beside the full diagonal.
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(share, cmap="Blues", norm=PowerNorm(0.5, 0, 1), interpolation="nearest")
    _name_axes(axes, class_names)
    if listed:
        _list_pairs(figure.add_subplot(grid[1]), counts, class_names)
    else:
        _write(
            axes, _percentages(share) if of == "pixels" else [[f"{cell:,}" for cell in row] for row in counts], share
        )
    return figure


def _name_axes(axes: Axes, class_names: Sequence[str]) -> None:
    axes.set_xlabel("said", color=INK)
    axes.set_ylabel("was", color=INK)
    axes.tick_params(length=0, labelcolor=INK)
    if len(class_names) > NAMED:
        return
    names = [shorten(name) for name in class_names]
    size = 9 if len(names) <= COUNTED else 7 if len(names) <= 50 else 5.5
    axes.set_yticks(range(len(names)), names, fontsize=size)
    axes.set_xticks(range(len(names)), names, fontsize=size, rotation=90 if max(map(len, names)) > 2 else 0)


def _percentages(share: np.ndarray) -> list[list[str]]:
    """Write shares; what rounds to nothing is left out."""
    return [[f"{cell:.1%}" if cell < 0.0995 else f"{cell:.0%}" for cell in row] for row in share]


def _write(axes: Axes, texts: Sequence[Sequence[str]], share: np.ndarray) -> None:
    for row, column in zip(*np.nonzero(share), strict=True):
        color = "white" if share[row, column] > 0.3 else INK
        text = texts[row][column]
        if text == "0.0%":
            continue
        size = 9 if len(text) <= 3 else 7 if len(text) <= 5 else 5.5
        axes.text(column, row, text, ha="center", va="center", color=color, fontsize=size)


def _list_pairs(axes: Axes, counts: np.ndarray, class_names: Sequence[str]) -> None:
    """Write out the pairs that were confused most often."""
    bare(axes)
    axes.set_title("Most often confused", fontweight="bold")
    mistakes = counts - np.diag(np.diag(counts))
    order = np.argsort(-mistakes, axis=None, kind="stable")[:PAIRS]
    pairs = [np.unravel_index(index, counts.shape) for index in order if mistakes.flat[index] > 0]
    for line, (row, column) in enumerate(pairs, 1):
        _write_line(axes, line, f"{counts[row, column]:,} ×", 0)
        _write_line(axes, line, f"{shorten(class_names[row])}  →  {shorten(class_names[column])}", 42)
    if not pairs:
        _write_line(axes, 1, "nothing", 0)


def _write_line(axes: Axes, line: int, text: str, indent: int) -> None:
    axes.annotate(text, (0, 1), (indent, -20 * line), "axes fraction", "offset points", color=INK if indent else MUTED)
