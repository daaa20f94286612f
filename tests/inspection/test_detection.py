"""What one sees of a detection: boxes side by side, the worst first, curves, confusion with the background."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.datasets.source import Data, Part
from cnnkeras.inspection import detection
from cnnkeras.inspection.figures.boxes import Answered, caption
from cnnkeras.inspection.figures.style import to_png
from cnnkeras.inspection.subject import Subject
from cnnkeras.tasks.detection.coco import average_precisions
from cnnkeras.tasks.detection.evaluation import together
from cnnkeras.tasks.detection.picture import PictureBoxes
from cnnkeras.tasks.detection.tables import detected_pictures, detection_table
from cnnkeras.tasks.task import Evaluation
from cnnkeras.training.trainer import Trained
from tests.inspection.networks import architecture_of
from tests.inspection.test_figures import texts
from tests.tasks.detection import small_head
from tests.tasks.detection.conftest import picture

NAMES = ("cat", "5$ or 10$", "a class of a long name")
COUNT = 20


def pictures(count: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (count, 40, 60, 3), np.uint8)


def truth_of(index: int) -> PictureBoxes:
    """Give one box, or two; the picture 5 is empty."""
    rows = [(4.0, 6.0, 24.0, 30.0, index % 3), (30.0, 2.0, 58.0, 38.0, 1)][: 0 if index == 5 else 1 + index % 2]
    return picture(*rows, size=(40, 60))


def found_of(index: int) -> PictureBoxes:
    """Find everything, but nothing in the picture 7, and in 3 something else beside it."""
    truth = truth_of(index)
    rows = [(*box, kind, 0.9) for box, kind in zip(truth.boxes, truth.classes, strict=True)]
    rows = [] if index == 7 else [*rows[:1], (0.0, 0.0, 8.0, 8.0, 2, 0.6)] if index == 3 else rows
    return picture(*rows, (50.0, 30.0, 60.0, 40.0, 0, 0.1), size=(40, 60))


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    architecture = architecture_of(tmp_path, small_head.LAYERS, task="detection", input={"shape": [32, 32, 1]})
    truth, found = [truth_of(index) for index in range(COUNT)], [found_of(index) for index in range(COUNT)]

    def examples() -> tf.data.Dataset:
        def example(index: int) -> dict[str, tf.Tensor]:
            return {"image": pictures(COUNT)[index], "boxes": truth[index].boxes, "classes": truth[index].classes}

        specs = {
            "image": tf.TensorSpec((40, 60, 3), tf.uint8),
            "boxes": tf.TensorSpec((None, 4), tf.float32),
            "classes": tf.TensorSpec((None,), tf.int64),
        }
        return tf.data.Dataset.from_generator(lambda: map(example, range(COUNT)), output_signature=specs)

    table = detection_table(truth, found, average_precisions(truth, found, 3), NAMES, 0.25)
    evaluation = Evaluation(
        {}, table, together(truth), together(found), {"pictures": detected_pictures(truth, found, 0.25)}
    )
    data = Data({"test": Part("test", COUNT, examples, 3)}, NAMES)
    return Subject(None, architecture, architecture.task, evaluation, data, Trained([], None, "", None))


def test_every_figure_is_drawn(subject: Subject) -> None:
    """A run would end in a traceback, or leave a figure out."""
    figures = dict(detection.figures(subject))
    assert list(figures) == [
        "confusion_matrix", "classes", "precision_recall", "confidence", "predictions", "worst", "best",
    ]  # fmt: skip
    assert all(to_png(figure) for figure in figures.values())
    assert texts(figures["confusion_matrix"])[0] == "Confusion: 25 of 29 boxes right (86.2%)"
    assert "background" in texts(figures["confusion_matrix"])
    assert texts(figures["classes"])[0] == "Each class: precision, recall and AP50"
    assert texts(figures["precision_recall"])[0] == "Precision over recall"
    assert "F1 is highest, 0.97, at a score of 0.61" in texts(figures["confidence"])[1]
    assert texts(figures["predictions"])[0] == "12 of 20 test pictures, drawn by lot"


def test_the_worst_come_first_and_the_best_have_most_to_show(subject: Subject) -> None:
    """A user would look at pictures that tell nothing, or at others' boxes."""
    figures = dict(detection.figures(subject))
    worst, best = ([text for text in texts(figures[name]) if "example" in text] for name in ("worst", "best"))
    assert worst[:2] == ["test example 7", "test example 3"]
    assert len(truth_of(int(best[0].split()[-1]))) == 2
    figure = figures["worst"]
    assert texts(figure)[0] == "The 10 of 20 test pictures with the lowest F1, the lowest first"
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), pictures(COUNT)[7])


def test_the_followed_pictures_are_drawn(subject: Subject) -> None:
    """TensorBoard would have no picture of how the boxes are learned, or the training fail on them."""
    answers = np.zeros((2, small_head.PLACES, small_head.BOX + 3), np.float32)
    answers[..., small_head.BOX :] = -5
    answers[0, 0, -1] = 0
    rows = [np.zeros((0, 5), np.float32), np.array([[4, 6, 24, 30, 0]], np.float32)]
    figure = detection.sample(pictures(2), rows, tf.constant(answers), NAMES, subject.architecture)
    assert to_png(figure)
    assert {"a clas… name .50", "nothing is there · 1 wrong", "0 of 1 found, none wrong"} <= set(texts(figure))


def test_a_caption_says_what_is_right_and_what_is_not() -> None:
    """A user would have to count boxes."""
    shown = Answered(np.zeros((100, 100, 1), np.uint8), picture((0, 0, 9, 9, 0), (20, 20, 40, 40, 1)), picture())
    assert (caption(shown), shown.matched.f1) == ("0 of 2 found, none wrong", 0)
    nothing = Answered(np.zeros((100, 100, 1), np.uint8), picture(), picture())
    assert (caption(nothing), nothing.matched.f1) == ("nothing is there, none wrong", 1)


def test_without_a_box_in_the_whole_part_figures_are_drawn(subject: Subject) -> None:
    """A run on pictures without boxes, or a network that finds none, would end in a traceback."""
    empty = together([picture(size=(40, 60))] * COUNT)
    table = detection_table(empty, empty, average_precisions(empty, empty, 3), NAMES, 0.25)
    evaluation = Evaluation({}, table, empty, empty, {"pictures": detected_pictures(empty, empty, 0.25)})
    bare = Subject(None, subject.architecture, subject.task, evaluation, subject.data, subject.trained)
    for figure in dict(detection.figures(bare)).values():
        assert to_png(figure)
