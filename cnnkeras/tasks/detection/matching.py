"""Which of the boxes found are true ones: for precision and recall over the score, for tables and for figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cnnkeras.tasks.detection.picture import PictureBoxes, areas, intersection_over_union, overlaps
from cnnkeras.tasks.tables import ratio

# A box is found where one of its class covers it so far (intersection over union), the mildest that COCO measures by.
ENOUGH = 0.5


@dataclass(frozen=True, eq=False)
class Matched:
    """One picture: for each box found the true one that it is, -1 where it is none, -2 where it does not count.

    `partners` int64 `(found,)` are numbers of true boxes; `missed` bool `(true,)` tells which nothing was found of.
    """

    partners: np.ndarray
    missed: np.ndarray

    @property
    def right(self) -> int:
        """Count what was found."""
        return int((self.partners >= 0).sum())

    @property
    def wrong(self) -> int:
        """Count what was found where it is not."""
        return int((self.partners == WRONG).sum())

    @property
    def mistakes(self) -> int:
        """Count what was missed, and what was found where it is not."""
        return int(self.missed.sum()) + self.wrong

    @property
    def f1(self) -> float:
        """Give twice what is right, of all that there is and all that was said; 1 where there is neither."""
        return 2 * self.right / (2 * self.right + self.mistakes) if self.right + self.mistakes else 1.0


WRONG, PASSED = -1, -2


def match(truth: PictureBoxes, found: PictureBoxes) -> Matched:
    """Go through what was found, the highest score first; each takes the free true box of its class nearest to it."""
    shares = intersection_over_union(found.boxes, truth.boxes)
    shares[found.classes[:, None] != truth.classes[None]] = 0
    free = ~truth.crowd
    partners = np.full(len(found), WRONG)
    for index in np.argsort(-found.scores, kind="stable"):
        left = np.where(free, shares[index], 0)
        if left.size and left.max() >= ENOUGH:
            partners[index] = left.argmax()
            free[partners[index]] = False
    partners[(partners == WRONG) & _in_a_crowd(truth, found)] = PASSED
    return Matched(partners, free)


def _in_a_crowd(truth: PictureBoxes, found: PictureBoxes) -> np.ndarray:
    """Tell what lies for the most part in a crowd of its class."""
    shared, _ = overlaps(found.boxes, truth.boxes)
    inside = shared >= ENOUGH * np.maximum(areas(found.boxes), 1e-9)[:, None]
    crowd: np.ndarray = (inside & truth.crowd & (found.classes[:, None] == truth.classes[None])).any(axis=1)
    return crowd


@dataclass(frozen=True, eq=False)
class Ranking:
    """Everything found of one class in a part, the highest score first, and how many there are to be found."""

    scores: np.ndarray
    right: np.ndarray
    support: int

    @property
    def precision(self) -> np.ndarray:
        """Give for every score the share of right ones among those down to it."""
        shares: np.ndarray = np.cumsum(self.right) / np.arange(1, len(self.right) + 1)
        return shares

    @property
    def recall(self) -> np.ndarray:
        """Give for every score the share of the true boxes that are found down to it; NaN where there are none."""
        return np.cumsum(self.right) / self.support if self.support else np.full(len(self.right), np.nan)

    def over(self, thresholds: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Give precision, recall and F1 of what is above each threshold; NaN where nothing is, or was to be found."""
        said = np.searchsorted(-self.scores, -thresholds, side="left")
        right = np.concatenate([[0], np.cumsum(self.right)])[said]
        return ratio(right, said), ratio(right, np.full(len(said), self.support)), ratio(2 * right, said + self.support)

    def down_to(self, threshold: float) -> tuple[int, int]:
        """Give how many were found with scores above a threshold, and how many of them are right."""
        chosen = self.scores > threshold
        return int(chosen.sum()), int(self.right[chosen].sum())


def rankings(truth: Sequence[PictureBoxes], found: Sequence[PictureBoxes], classes: int) -> list[Ranking]:
    """Give each class's ranking over the pictures of a part."""
    pairs = [(each, match(true, each)) for true, each in zip(truth, found, strict=True)]
    numbers = np.concatenate([np.empty(0, np.int64), *(each.classes for each, _ in pairs)])
    scores = np.concatenate([np.empty(0, np.float32), *(each.scores for each, _ in pairs)])
    partners = np.concatenate([np.empty(0, np.int64), *(matched.partners for _, matched in pairs)])
    support = np.bincount(
        np.concatenate([np.empty(0, np.int64), *(true.classes[~true.crowd] for true in truth)]), minlength=classes
    )
    return [_ranking(scores, partners, numbers == number, int(support[number])) for number in range(classes)]


def _ranking(scores: np.ndarray, partners: np.ndarray, own: np.ndarray, support: int) -> Ranking:
    chosen = np.flatnonzero(own & (partners != PASSED))
    order = chosen[np.argsort(-scores[chosen], kind="stable")]
    return Ranking(scores[order], partners[order] >= 0, support)


def confusion_matrix(
    truth: Sequence[PictureBoxes], found: Sequence[PictureBoxes], classes: int, threshold: float
) -> np.ndarray:
    """Count `(true class, class found)` of boxes at the same place, whatever their classes; the last is background.

    A row's last number counts true boxes that nothing was found of, the last row what was found where nothing is.
    What overlaps best is put together first. Boxes of crowds, and what is found in them, are left out.
    """
    counts = np.zeros((classes + 1, classes + 1), np.int64)
    for true, each in zip(truth, found, strict=True):
        above = each.where(each.scores > threshold)
        above = above.where(match(true, above).partners != PASSED)
        plain = true.where(~true.crowd)
        pairs = _nearest(intersection_over_union(plain.boxes, above.boxes))
        taken, used = pairs[:, 0], pairs[:, 1]
        np.add.at(counts, (plain.classes[taken], above.classes[used]), 1)
        counts[:classes, classes] += np.bincount(np.delete(plain.classes, taken), minlength=classes)
        counts[classes, :classes] += np.bincount(np.delete(above.classes, used), minlength=classes)
    return counts


def _nearest(shares: np.ndarray) -> np.ndarray:
    """Put rows and columns together, each once, the largest shares first: `(pairs, 2)`."""
    pairs: list[tuple[int, int]] = []
    rows, columns = np.nonzero(shares >= ENOUGH)
    for index in np.argsort(-shares[rows, columns], kind="stable"):
        row, column = int(rows[index]), int(columns[index])
        if all(row != other and column != another for other, another in pairs):
            pairs.append((row, column))
    return np.array(pairs, np.int64).reshape(-1, 2)
