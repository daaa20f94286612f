"""Which boxes are right, which are missed, and what is taken for what."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cnnkeras.tasks.detection.matching import PASSED, WRONG, confusion_matrix, match, rankings
from cnnkeras.tasks.detection.picture import intersection_over_union
from cnnkeras.tasks.detection.tables import detected_pictures
from tests.tasks.detection.conftest import picture, scattered

TRUE = (10, 10, 50, 50, 0)


def test_one_object_is_found_once() -> None:
    """Two boxes around one object would both be right."""
    matched = match(picture(TRUE), picture((12, 10, 50, 50, 0, 0.4), (*TRUE, 0.3), (*TRUE[:4], 1, 0.9)))
    assert matched.partners.tolist() == [0, WRONG, WRONG]
    assert matched.missed.tolist() == [False]


def test_what_lies_in_a_crowd_passes() -> None:
    """A user would be shown mistakes that COCO does not count."""
    truth = picture((0, 0, 100, 100, 0), crowd=(True,))
    matched = match(truth, picture((1, 1, 9, 9, 0, 0.4), (1, 1, 9, 9, 1, 0.4)))
    assert matched.partners.tolist() == [PASSED, WRONG]
    assert matched.missed.tolist() == [False]


def test_precision_and_recall_down_to_a_score() -> None:
    """The curves would not say what a threshold gives."""
    truth = [picture(TRUE, (60, 60, 90, 90, 0)), picture()]
    found = [picture((*TRUE, 0.9), (60, 60, 90, 90, 0, 0.2)), picture((*TRUE, 0.5))]
    ranking, other = rankings(truth, found, 2)
    np.testing.assert_allclose(ranking.scores, [0.9, 0.5, 0.2])
    np.testing.assert_allclose(ranking.precision, [1, 1 / 2, 2 / 3])
    np.testing.assert_allclose(ranking.recall, [1 / 2, 1 / 2, 1])
    assert ranking.down_to(0.4) == (2, 1)
    assert (other.support, other.down_to(0)) == (0, (0, 0))


def test_confusion_has_the_background() -> None:
    """Missed objects and invented ones would be seen nowhere."""
    truth = picture(TRUE, (60, 60, 90, 90, 1), (0, 60, 40, 100, 1))
    found = picture((*TRUE[:4], 1, 0.9), (60, 60, 90, 88, 1, 0.8), (0, 0, 5, 5, 0, 0.7), (0, 60, 40, 100, 1, 0.1))
    counts = confusion_matrix([truth], [found], 2, 0.25)
    assert counts.tolist() == [[0, 1, 0], [0, 1, 1], [1, 0, 0]]


def test_the_best_overlap_goes_together() -> None:
    """Of two objects side by side each would be taken for the other."""
    truth, found = (
        picture((0, 0, 40, 40, 0), (10, 0, 50, 40, 1)),
        picture((8, 0, 50, 40, 1, 0.9), (0, 0, 42, 40, 0, 0.8)),
    )
    assert confusion_matrix([truth], [found], 2, 0.25).tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]


@given(st.integers(0, 2**32 - 1))
def test_every_box_is_counted_once(seed: int) -> None:
    """Rows and columns of the confusion would not add up to what there is and what was found."""
    truth, found = scattered(np.random.default_rng(seed), 3)
    counts = confusion_matrix([truth], [found], 3, 0.25)
    np.testing.assert_array_equal(counts[:3].sum(axis=1), np.bincount(truth.classes, minlength=3))
    above = found.classes[found.scores > 0.25]
    np.testing.assert_array_equal(counts[:, :3].sum(axis=0), np.bincount(above, minlength=3))
    matched = match(truth, found)
    partners = matched.partners[matched.partners >= 0]
    assert len(set(partners)) == len(partners) == len(truth) - matched.missed.sum()


def test_boxes_without_an_area_overlap_nothing() -> None:
    """A network that gives an empty box would end the evaluation with a warning of NumPy."""
    empty = np.array([[5, 5, 5, 5]], np.float32)
    np.testing.assert_array_equal(intersection_over_union(empty, empty), [[0]])


def test_a_picture_is_counted() -> None:
    """The table of the pictures would call the best ones the worst."""
    truth = [picture((0, 0, 10, 10, 0), (50, 50, 70, 70, 1)), picture(), picture((0, 0, 10, 10, 0))]
    found = [picture((0, 0, 10, 10, 0)), picture((5, 5, 9, 9, 1)), picture((0, 0, 10, 10, 0))]
    found[2] = replace(found[2], scores=np.array([0.2], np.float32))
    table = detected_pictures(truth, found, 0.25)
    assert table.to_dict("list") == {
        "picture": [1, 2, 0],
        "objects": [0, 1, 2],
        "found": [0, 0, 1],
        "wrong": [1, 0, 0],
        "f1": [0.0, 0.0, 2 / 3],
    }
