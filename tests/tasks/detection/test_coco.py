"""COCO's figures: every class, every picture, and nothing on the terminal."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkeras.tasks.detection.coco import average_precisions
from cnnkeras.tasks.detection.matching import rankings
from tests.tasks.detection.conftest import picture, scattered

TRUE = (10, 10, 50, 50, 0)


def test_what_is_found_exactly_is_perfect_class_0_too(capsys: pytest.CaptureFixture[str]) -> None:
    """The first class would count nowhere (as with keras-cv's PyCOCOCallback), or the terminal fill with reports."""
    truth = [picture(TRUE, (0, 0, 20, 20, 2)), picture((5, 5, 30, 40, 0))]
    found = [picture((*TRUE, 0.9), (0, 0, 20, 20, 2, 0.3)), picture((5, 5, 30, 40, 0, 0.6))]
    measured = average_precisions(truth, found, 3)
    assert measured.metrics() == pytest.approx({"map": 1, "map_50": 1, "map_75": 1, "map_small": 1, "map_medium": 1})
    np.testing.assert_allclose(measured.of_classes()["map"], [1, np.nan, 1])
    assert capsys.readouterr().out == ""


def test_the_overlap_decides_at_which_threshold_a_box_counts() -> None:
    """A detector would be called as good as one whose boxes fit."""
    # 40×30 of 40×40: an overlap of 0.75, so right at 0.5, 0.55, … 0.75.
    measured = average_precisions([picture(TRUE)], [picture((10, 10, 50, 40, 0, 0.9))], 1)
    assert measured.metrics() == pytest.approx({"map": 0.6, "map_50": 1, "map_75": 1, "map_medium": 0.6})


def test_what_is_found_in_a_picture_without_boxes_is_wrong() -> None:
    """A detector that sees things everywhere would be measured on the pictures that have some."""
    truth, right = [picture(TRUE), picture()], picture((*TRUE, 0.8))
    alone = average_precisions(truth, [right, picture()], 1).metrics()
    seen = average_precisions(truth, [right, picture((1, 1, 9, 9, 0, 0.9))], 1).metrics()
    assert (alone["map_50"], seen["map_50"]) == pytest.approx((1, 0.5))


def test_without_a_box_nothing_is_measured() -> None:
    """A part of empty pictures would end the run with a traceback."""
    assert average_precisions([picture()], [picture((1, 1, 9, 9, 0, 0.9))], 2).metrics() == {
        "map": 0.0,
        "map_50": 0.0,
        "map_75": 0.0,
    }
    assert average_precisions([picture(TRUE)], [picture()], 1).metrics()["map"] == 0


def test_a_crowd_counts_nowhere() -> None:
    """Boxes around single ones of a crowd would be mistakes, or the crowd one that is missed."""
    truth = [picture(TRUE, (60, 60, 100, 100, 0), crowd=(False, True))]
    found = [picture((60, 60, 75, 75, 0, 0.9), (80, 80, 95, 95, 0, 0.8), (*TRUE, 0.7))]
    assert average_precisions(truth, found, 1).metrics()["map"] == pytest.approx(1)


def test_all_of_several_hundred_boxes_count() -> None:
    """A picture of two hundred cells could have a recall of one half at most."""
    corners = [(10 * (number % 20), 10 * (number // 20)) for number in range(200)]
    truth = picture(*((left, top, left + 8, top + 8, 0) for left, top in corners), size=(100, 200))
    found = picture(*((left, top, left + 8, top + 8, 0, 0.5) for left, top in corners), size=(100, 200))
    assert average_precisions([truth], [found], 1).metrics()["map"] == pytest.approx(1)


def test_sizes_are_those_of_the_picture_s_own_pixels() -> None:
    """Large objects would be called small because the network sees the picture at a smaller size."""
    truth = [picture((0, 0, 200, 200, 0), size=(300, 300))]
    found = [picture((0, 0, 200, 200, 0, 0.5), size=(300, 300))]
    assert set(average_precisions(truth, found, 1).metrics()) == {"map", "map_50", "map_75", "map_large"}


@pytest.mark.parametrize("seed", range(5))
def test_our_matching_gives_coco_s_average_precision(seed: int) -> None:
    """The curves, the tables and the figures would tell another story than the metrics."""
    random = np.random.default_rng(seed)
    truth, found = zip(*(scattered(random, 3) for _ in range(30)), strict=True)
    expected = average_precisions(truth, found, 3).values[0, :, 0]
    for number, ranking in enumerate(rankings(truth, found, 3)):
        # COCO's: at each of 101 recalls the best precision that is reached there or beyond.
        precision, recall = np.maximum.accumulate(ranking.precision[::-1])[::-1], ranking.recall
        places = np.searchsorted(recall, np.linspace(0, 1, 101), side="left")
        reached = np.append(precision, 0)[places]
        assert reached.mean() == pytest.approx(expected[number], abs=1e-9)
