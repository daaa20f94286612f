"""The arithmetic of boxes, against plain NumPy and the figures of the papers."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkeras.tasks.detection.boxes import complete_intersection_over_union, intersection_over_union
from cnnkeras.tasks.detection.picture import intersection_over_union as in_numpy

corner = st.floats(0, 50, width=32)
side = st.just(0.0) | st.floats(0.125, 60, width=32)
box = st.tuples(corner, corner, side, side).map(
    lambda numbers: (numbers[0], numbers[1], numbers[0] + numbers[2], numbers[1] + numbers[3])
)


@settings(max_examples=50)
@given(st.lists(box, min_size=1, max_size=4), st.lists(box, min_size=1, max_size=4))
def test_overlaps_are_those_of_the_evaluation(boxes: list[tuple[float, ...]], others: list[tuple[float, ...]]) -> None:
    """A network would be trained by another overlap than it is measured by."""
    ours = intersection_over_union(np.float32(boxes)[:, None], np.float32(others)[None])
    np.testing.assert_allclose(ours, in_numpy(np.float64(boxes), np.float64(others)), atol=1e-3)


def test_complete_overlap_of_known_boxes() -> None:
    """The loss of boxes would pull to the wrong place."""
    one = np.float32([[0, 0, 10, 10]])
    same = complete_intersection_over_union(one, one)
    np.testing.assert_allclose(same, [1.0], atol=1e-5)
    # Beside each other: nothing in common, centres 20 apart, 30×10 around both, the same proportions.
    apart = complete_intersection_over_union(one, np.float32([[20, 0, 30, 10]]))
    np.testing.assert_allclose(apart, [-400 / 1000], atol=1e-5)
    # Twice as wide: half in common, centres 5 apart in 20×10; the angles differ by atan 2 − atan 1.
    wider = complete_intersection_over_union(one, np.float32([[0, 0, 20, 10]]))
    unlike = 4 / np.pi**2 * (np.arctan(2) - np.arctan(1)) ** 2
    np.testing.assert_allclose(wider, [0.5 - 25 / 500 - unlike * unlike / (0.5 + unlike)], atol=1e-5)


def test_boxes_without_area_stay_finite() -> None:
    """One wrong box would make the loss NaN."""
    nothing = np.zeros((1, 4), np.float32)
    assert np.isfinite(complete_intersection_over_union(nothing, nothing)).all()
