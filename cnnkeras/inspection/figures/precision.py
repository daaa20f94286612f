"""Precision, recall and F1 of boxes, over each other and over the score that is asked for."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnnkeras.inspection.figures.style import FAINT, INK, MUTED, VERMILION, new_chart, shorten, styled
from cnnkeras.tasks.detection.matching import Ranking
from cnnkeras.tasks.palette import colours_of

# Of more classes, only the mean is named, and each class is a pale line.
NAMED = 10
# Where there may be one value in a hundred: COCO's recalls, and every hundredth of a score.
RECALLS, SCORES = np.linspace(0, 1, 101), np.linspace(0, 0.99, 100)


@styled
def precision_recall(rankings: Sequence[Ranking], class_names: Sequence[str]) -> Figure:
    """Draw the best precision at each recall: a line a class, and their mean. The area below is AP50."""
    known = [(number, _best_precision(each)) for number, each in enumerate(rankings) if each.support]
    figure = new_chart(
        8.0,
        5.6,
        "Precision over recall",
        "Precision: of what was said, how much is so. Recall: of what there is, how much was said.\n"
        "A box is right that overlaps a true one of its class by half (IoU 0.5). AP: the area below.",
    )
    axes = figure.subplots()
    _draw(axes, RECALLS, known, class_names, "AP")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.005), ylim=(0, 1.02))
    _name_lines(axes)
    return figure


@styled
def confidence(rankings: Sequence[Ranking], class_names: Sequence[str], threshold: float) -> Figure:
    """Draw F1, precision and recall of what is above a score, over that score."""
    known = [(number, each.over(SCORES)) for number, each in enumerate(rankings) if each.support]
    mean = _mean([curves[2] for _, curves in known])
    best = int(np.nanargmax(mean)) if np.isfinite(mean).any() else 0
    at = f"F1 is highest, {mean[best]:.2f}, at a score of {SCORES[best]:.2f}" if known else "There is nothing to find"
    subtitle = f"{at}. The dotted line is the score_threshold of the file, {threshold:g}."
    figure = new_chart(14.2, 4.4, "F1, precision and recall over the score that is asked for", subtitle)
    panels = figure.subplots(1, 3)
    for axes, (name, which) in zip(panels, (("F1", 2), ("precision", 0), ("recall", 1)), strict=True):
        _draw(axes, SCORES, [(number, curves[which]) for number, curves in known], class_names, "")
        axes.axvline(threshold, color=MUTED, linestyle=":", linewidth=1.2)
        axes.set(xlabel="score", title=name, xlim=(0, 1), ylim=(0, 1.02))
    _name_lines(panels[-1])
    return figure


def _draw(
    axes: Axes, places: np.ndarray, known: Sequence[tuple[int, np.ndarray]], class_names: Sequence[str], area: str
) -> None:
    colours = np.array(colours_of(class_names)) / 255
    named = len(known) <= NAMED
    for number, values in known:
        label = f"{shorten(class_names[number])}{_area(area, values)}" if named else None
        axes.plot(places, values, color=colours[number] if named else FAINT, linewidth=1.2, label=label)
    if known:
        mean = _mean([values for _, values in known])
        label = f"mean of {len(known)} classes{_area(area, mean)}"
        axes.plot(places, mean, color=INK if len(known) > 1 else VERMILION, linewidth=2.2, label=label)
    axes.grid()
    axes.set_axisbelow(True)


def _name_lines(axes: Axes) -> None:
    """Name the lines beside the panel, where they hide none."""
    if axes.get_legend_handles_labels()[0]:
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=8)


def _area(name: str, values: np.ndarray) -> str:
    return f"  {name} {values.mean():.2f}" if name else ""


def _best_precision(ranking: Ranking) -> np.ndarray:
    """Give the best precision that is reached at each recall or beyond; 0 where it is not reached."""
    best = np.append(np.maximum.accumulate(ranking.precision[::-1])[::-1], 0.0)
    reached: np.ndarray = best[np.searchsorted(ranking.recall, RECALLS, side="left")]
    return reached


def _mean(curves: Sequence[np.ndarray]) -> np.ndarray:
    """Give the mean of the classes that have a value there."""
    with warnings.catch_warnings():
        # Where no class has one, it is none.
        warnings.filterwarnings("ignore", message="Mean of empty slice")
        mean: np.ndarray = np.nanmean(np.array(curves), axis=0) if len(curves) else np.empty(0)
    return mean
