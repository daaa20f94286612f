"""From many overlapping boxes to one for each object."""

from __future__ import annotations

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.spec.prediction import PredictionSection
from cnnkeras.tasks.detection import suppression
from cnnkeras.tasks.detection.suppression import Found, detect, suppress
from tests.tasks.conftest import Write
from tests.tasks.detection.small_head import LAYERS

BOXES = np.array([[[0, 0, 10, 10], [1, 0, 10, 10], [30, 30, 50, 40]]], np.float32)


def suppressed(scores: list[list[float]], boxes: np.ndarray = BOXES, **fields: float) -> Found:
    section = PredictionSection.model_validate({"max_detections": 4, **fields})
    return Found(*(value.numpy()[0] for value in suppress(tf.constant(boxes), tf.constant([scores]), section)))


def test_one_box_is_left_for_each_object() -> None:
    """Callers would get a dozen boxes around one thing."""
    found = suppressed([[0.6, 0.0], [0.8, 0.0], [0.0, 0.5]])
    assert found.count == 2
    np.testing.assert_array_equal(found.boxes, [[1, 0, 10, 10], [30, 30, 50, 40], [0] * 4, [0] * 4])
    np.testing.assert_allclose(found.scores, [0.8, 0.5, 0, 0])
    np.testing.assert_array_equal(found.classes, [0, 1, -1, -1])


def test_classes_do_not_suppress_each_other() -> None:
    """A rider would hide his horse."""
    found = suppressed([[0.6, 0.0], [0.0, 0.8], [0.0, 0.0]])
    np.testing.assert_array_equal(found.classes, [1, 0, -1, -1])


def test_thresholds_are_the_section_s() -> None:
    """What a user sets in the file, or asks for, would change nothing."""
    scores = [[0.6, 0.0], [0.8, 0.0], [0.0, 0.3]]
    assert suppressed(scores, score_threshold=0.4).count == 1
    assert suppressed(scores, score_threshold=0.3).count == 1  # above it
    assert suppressed(scores, iou_threshold=0.95).count == 3
    assert suppressed(scores, max_detections=1).scores.tolist() == pytest.approx([0.8])


def test_a_picture_without_a_box_is_answered() -> None:
    """A batch with one empty picture would fail."""
    found = suppressed([[0.1, 0.0]] * 3)
    assert (found.count, found.boxes.sum(), found.classes.max()) == (0, 0, -1)


def test_hundreds_of_objects_are_found() -> None:
    """A picture full of cells would be answered with a part of them."""
    corners = np.array([(12 * (number % 25), 12 * (number // 25)) for number in range(400)], np.float32)
    boxes = np.concatenate([corners, corners + 10], axis=1)
    # Each is found at five places.
    many = np.concatenate([boxes + shift for shift in (0, 0.2, 0.4, 0.6, 0.8)])[None]
    section = PredictionSection(max_detections=500)
    found = suppress(tf.constant(many), tf.random.stateless_uniform((1, 2000, 3), (1, 2), 0.3, 0.9), section)
    assert found.count.numpy()[0] == 500
    one_class = suppress(tf.constant(many), tf.random.stateless_uniform((1, 2000, 1), (1, 2), 0.3, 0.9), section)
    assert one_class.count.numpy()[0] == 400


@pytest.mark.parametrize("resize", ["stretch", "letterbox", "crop"])
def test_boxes_are_in_their_own_pictures_pixels(write: Write, monkeypatch: pytest.MonkeyPatch, resize: str) -> None:
    """Boxes of pictures of other sizes would lie beside what they mark."""
    # The second lies outside of a picture that has borders above and below.
    given = tf.constant([[[16, 8, 32, 24], [0, 0, 64, 4]]] * 2, tf.float32)
    monkeypatch.setattr(suppression, "decode", lambda outputs, _: (given, tf.fill((2, 2, 3), 0.9)))
    section = {"shape": [32, 64, 1], "resize": resize}
    architecture = write(*LAYERS, task="detection", input=section)
    sizes = tf.constant([[64, 64], [8, 64]], tf.int32)
    found = detect(tf.zeros((2, 2, 7)), architecture, PredictionSection(max_detections=6), sizes)
    expected = {
        "stretch": [[[16, 16, 32, 48], [0, 0, 64, 8]], [[16, 2, 32, 6], [0, 0, 64, 1]]],
        "letterbox": [[[0, 16, 32, 48], [0, 0, 64, 8]], [[16, 0, 32, 8]]],
        "crop": [[[16, 24, 32, 40], [0, 16, 64, 20]], [[28, 2, 32, 6], [24, 0, 40, 1]]],
    }[resize]
    for index, boxes in enumerate(expected):
        count = int(found.count[index])
        assert count == 3 * len(boxes)
        np.testing.assert_allclose(np.unique(found.boxes[index, :count], axis=0), np.unique(boxes, axis=0), atol=1e-4)
