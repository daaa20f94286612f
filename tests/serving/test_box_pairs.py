"""Boxes of two answers held to each other: a tie is let pass, nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkeras.serving.box_pairs import paired
from cnnkeras.serving.comparison import difference

Row = tuple[float, float, float, float, int, float]
FIRST: Row = (10, 10, 50, 50, 0, 0.9)
OTHERS: list[Row] = [(60, 10, 90, 50, 1, 0.8), (10, 60, 50, 90, 0, 0.7)]


def answer(*rows: Row) -> dict[str, np.ndarray]:
    table = np.zeros((1, 5, 6), np.float32)
    table[0, :, 4] = -1
    table[0, : len(rows)] = np.array(rows, np.float32).reshape(-1, 6)
    return {
        "boxes": table[..., :4],
        "scores": table[..., 5],
        "classes": table[..., 4].astype(np.int64),
        "labels": np.where(table[..., 4] == 1, b"dog", b"cat").astype(object),
        "count": np.array([len(rows)], np.int32),
    }


def fits(expected: dict[str, np.ndarray], answered: dict[str, np.ndarray]) -> bool:
    first, second = paired(expected, answered)
    return all(difference(first[name], second[name]).fits for name in first)


def test_the_same_boxes_in_another_order_are_the_same() -> None:
    """An export would be refused because two scores are equal to the last digit."""
    assert fits(answer(FIRST, *OTHERS), answer(FIRST, *OTHERS[::-1]))


@pytest.mark.parametrize("rows", [OTHERS, [FIRST, OTHERS[1]], [FIRST, *OTHERS, (0, 0, 9, 9, 1, 0.26)]])
def test_a_tie_may_take_a_box_away(rows: list[Row]) -> None:
    """An export would be refused because a score is that of the threshold to the last digit."""
    assert fits(answer(FIRST, *OTHERS), answer(*rows))
    assert fits(answer(*rows), answer(FIRST, *OTHERS))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [OTHERS[0]],
        [(10.5, 10, 50, 50, 0, 0.9), *OTHERS],
        [(*FIRST[:5], 0.89), *OTHERS],
        [(*FIRST[:4], 1, 0.9), (*OTHERS[0][:4], 0, 0.8), OTHERS[1]],
    ],
)
def test_other_boxes_are_not_the_same(rows: list[Row]) -> None:
    """An export that answers otherwise than the network would be served."""
    assert not fits(answer(FIRST, *OTHERS), answer(*rows))


def test_other_answers_stay_as_they_are() -> None:
    """The proof of a classification would be another one."""
    expected, answered = {"score": np.ones(2)}, {"score": np.zeros(2)}
    assert paired(expected, answered) == (expected, answered)
