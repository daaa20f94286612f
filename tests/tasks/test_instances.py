"""Objects in masks."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cnnkeras.spec.data import VOID
from cnnkeras.tasks.instances import MOST, counts_table, find_objects

NAMES = ("background", "cat", "dog")
# A cat of five pixels, one of one, a dog that touches the first; void below.
MASK = np.array(
    [
        [1, 1, 0, 0, 1],
        [1, 1, 2, 0, 0],
        [0, 1, 2, 0, 0],
        [VOID, VOID, VOID, VOID, VOID],
    ],
    np.uint8,
)


def test_objects_have_area_box_and_middle() -> None:
    """Which pixels would be answered, and how many objects, where and how large not."""
    scores = np.where(MASK == 2, 0.5, 0.9)
    objects = find_objects(MASK, NAMES, scores)
    assert [(each.class_number, each.number, each.area) for each in objects.instances] == [
        (1, 1, 5),
        (1, 2, 1),
        (2, 1, 2),
    ]
    assert [each.box for each in objects.instances] == [(0, 0, 2, 3), (4, 0, 5, 1), (2, 1, 3, 3)]
    assert objects.instances[0].centroid == (1.1, 1.3)
    assert objects.instances[2].centroid == (2.5, 2.0)
    assert [each.score for each in objects.instances] == [0.9, 0.9, 0.5]


def test_pixels_tell_their_object() -> None:
    """A panoptic picture would not say which pixel is whose."""
    panoptic = find_objects(MASK, NAMES).panoptic
    assert panoptic[0].tolist() == [65536 + 1, 65536 + 1, 0, 0, 65536 + 2]
    assert panoptic[1, 2] == 2 * 65536 + 1
    assert (panoptic[3] == 0).all()


def test_specks_are_left_out_where_asked() -> None:
    """Noise would be counted as objects."""
    objects = find_objects(MASK, NAMES, smallest=2)
    assert [each.area for each in objects.instances] == [5, 2]
    assert objects.panoptic[0, 4] == 0


def test_corners_don_t_join() -> None:
    """Two cells would be one where the wall between them runs slantwise."""
    assert [each.area for each in find_objects(np.eye(3, dtype=np.uint8), NAMES).instances] == [1, 1, 1]


@given(
    arrays.arrays(
        np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.sampled_from([0, 1, 2, VOID])
    )
)
def test_every_pixel_of_a_class_is_in_one_object(mask: np.ndarray) -> None:
    """Pixels would be lost, or counted twice."""
    objects = find_objects(mask, NAMES)
    np.testing.assert_array_equal(objects.panoptic // (MOST + 1), np.where(mask == VOID, 0, mask))
    for each in objects.instances:
        left, top, right, bottom = each.box
        own = objects.panoptic == each.class_number * (MOST + 1) + each.number
        assert own.sum() == each.area == own[top:bottom, left:right].sum()


def test_counts_leave_void_out() -> None:
    """What nobody has labelled would be counted as found too much."""
    predicted = MASK.copy()
    predicted[3] = 1
    predicted[0, 4] = 0
    table = counts_table([MASK], [predicted], NAMES)
    assert table.to_numpy().tolist() == [[0, "cat", 2, 1], [0, "dog", 1, 1]]
