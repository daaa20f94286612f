"""Boxes of two answers, brought into one order, so that they can be held to each other number by number."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from cnnkeras.tasks.detection.picture import intersection_over_union

BOXES, COUNT = "boxes", "count"
# Where two scores, or an overlap and its threshold, are the same to the last digit, rounding decides which box stays
# or comes first. So one box may lack its like in the other answer, and of many one in a hundred; all others are held
# to each other as every number is.
TIED = 0.01
# Boxes of one class that overlap so far are meant to be the same: how far they are apart is then measured.
SAME = 0.9

Answers = Mapping[str, np.ndarray]


def paired(expected: Answers, answered: Answers) -> tuple[Answers, Answers]:
    """Give both answers with the same boxes in the same rows; what is no answer of boxes as it is.

    Where more boxes than ties explain lack their like, both are given as they are, and will be found to differ.
    """
    names = [name for name in expected if name in answered and expected[name].shape == answered[name].shape]
    if not {BOXES, COUNT, "scores", "classes"} <= set(names):
        return expected, answered
    pairs = [_pairs(expected, answered, picture) for picture in range(len(expected[COUNT]))]
    total = int(max(expected[COUNT].sum(), answered[COUNT].sum()))
    lonely = total - sum(map(len, pairs))
    if lonely > max(1, TIED * total):
        return expected, answered
    return _chosen(expected, pairs, 0), {**answered, **_chosen(answered, pairs, 1)}


def _pairs(expected: Answers, answered: Answers, picture: int) -> np.ndarray:
    """Put boxes of one picture together, each once, those first that are most alike: `(pairs, 2)`."""
    counts = [int(answer[COUNT][picture]) for answer in (expected, answered)]
    boxes, scores, classes = (
        [answer[name][picture, :count] for answer, count in zip((expected, answered), counts, strict=True)]
        for name in (BOXES, "scores", "classes")
    )
    alike = intersection_over_union(*boxes) - np.abs(scores[0][:, None] - scores[1][None])
    alike[classes[0][:, None] != classes[1][None]] = 0
    found: list[tuple[int, int]] = []
    while alike.size and alike.max() > SAME:
        row, column = np.unravel_index(alike.argmax(), alike.shape)
        found.append((int(row), int(column)))
        alike[row], alike[:, column] = 0, 0
    return np.array(sorted(found), np.int64).reshape(-1, 2)


def _chosen(answers: Answers, pairs: list[np.ndarray], side: int) -> dict[str, np.ndarray]:
    """Give of every picture the boxes that have their like, in the order of the first answer; the rest as padding."""
    chosen = dict(answers)
    for name, value in answers.items():
        if value.ndim >= 2:
            chosen[name] = np.zeros_like(value)
            for picture, each in enumerate(pairs):
                chosen[name][picture, : len(each)] = value[picture, each[:, side]]
    chosen[COUNT] = np.array([len(each) for each in pairs], answers[COUNT].dtype)
    return chosen
