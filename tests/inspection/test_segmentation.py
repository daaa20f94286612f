"""What one sees of a segmentation: pictures and masks side by side, the worst first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from cnnkeras.datasets.source import Data, Part
from cnnkeras.inspection import segmentation
from cnnkeras.inspection.figures.counts import counts
from cnnkeras.inspection.figures.masks import (
    LARGE,
    Answered,
    caption,
    coloured,
    masks,
)
from cnnkeras.inspection.figures.names_on_masks import HALF_LETTER, MOVES, innermost, names
from cnnkeras.inspection.figures.style import to_png
from cnnkeras.inspection.subject import Subject
from cnnkeras.inspection.titles import titled_by_lot, titled_by_rank
from cnnkeras.spec.data import VOID
from cnnkeras.tasks.instances import counts_table
from cnnkeras.tasks.palette import COLOURS, colours_of
from cnnkeras.tasks.tables import confusion_matrix, mean_iou, segmentation_table, segmented_pictures
from cnnkeras.tasks.task import Evaluation
from cnnkeras.training.trainer import Trained
from tests.inspection.networks import architecture_of, model_of, pictures
from tests.inspection.test_figures import texts

NAMES = ("background", "cat", "5$ or 10$")
COUNT = 20
# The network gives the inner 6×6 of its 8×8.
LAYERS = [{"type": "Conv2D", "filters": 3, "kernel_size": 3, "activation": "softmax"}]
MASKS = np.random.default_rng(0).integers(0, 3, (COUNT, 8, 8)).astype(np.uint8)
MASKS[:, 4, 4] = VOID


@pytest.fixture
def subject(tmp_path: Path) -> Subject:
    """Give a network that is right everywhere but in the pictures 7 and 3."""
    architecture = architecture_of(tmp_path, LAYERS, task="segmentation")
    truth = MASKS[:, 1:7, 1:7]
    answers = np.where(truth == VOID, 0, truth)
    answers[7] = (answers[7] + 1) % 3
    answers[3, :3] = (answers[3, :3] + 1) % 3
    table = segmentation_table(confusion_matrix(truth, answers, 3), NAMES)

    def examples() -> tf.data.Dataset:
        return tf.data.Dataset.from_tensor_slices({"image": pictures(COUNT), "label": MASKS})

    data = Data({"test": Part("test", COUNT, examples, 3)}, NAMES)
    tables = {"pictures": segmented_pictures(truth, answers), "objects": counts_table(truth, answers, NAMES)}
    evaluation = Evaluation({}, table, truth, answers, tables)
    return Subject(
        model_of(architecture), architecture, architecture.task, evaluation, data, Trained([], None, "", None)
    )


def test_every_figure_is_drawn(subject: Subject) -> None:
    """A run would end in a traceback, or leave a figure out."""
    figures = dict(segmentation.figures(subject))
    assert set(figures) == {"confusion_matrix", "classes", "counts", "predictions", "worst", "best"}
    assert all(to_png(figure) for figure in figures.values())
    assert texts(figures["confusion_matrix"])[0].startswith("Confusion: ")
    assert "pixels right" in texts(figures["confusion_matrix"])[0]
    assert texts(figures["classes"])[0] == "Each class: precision, recall and IoU"
    assert texts(figures["predictions"])[0] == "12 of 20 test pictures, drawn by lot"
    assert {*NAMES, "picture", "what it is", "what the network says", "mistakes"} <= set(texts(figures["worst"]))


def test_pictures_are_not_shown_a_third_time(subject: Subject) -> None:
    """Of a small test part one would look at the same pictures again, from the other end."""
    evaluation = subject.evaluation
    tables = {name: table[table["picture"] < 6] for name, table in evaluation.tables.items()}
    few = replace(evaluation, truth=evaluation.truth[:6], predictions=evaluation.predictions[:6], tables=tables)
    figures = dict(segmentation.figures(replace(subject, evaluation=few)))
    assert "best" not in figures
    assert texts(figures["worst"])[0] == "All 6 test pictures, the lowest IoU first"


def test_the_worst_come_first(subject: Subject) -> None:
    """A user would look at pictures that tell nothing, or at others' masks."""
    figure = dict(segmentation.figures(subject))["worst"]
    assert texts(figure)[0] == "The 10 of 20 test pictures with the lowest IoU, the lowest first"
    named = [text for text in texts(figure) if text.startswith("test example")]
    assert (named[:2], len(named)) == (["test example 7", "test example 3"], 10)
    picture, truth = (image.get_array() for image in figure.axes[0].images[:2])
    np.testing.assert_array_equal(picture[..., 0], pictures(COUNT)[7, 1:7, 1:7, 0])
    np.testing.assert_array_equal(truth, coloured(MASKS[7, 1:7, 1:7], np.array(colours_of(NAMES), np.uint8)))


def test_a_small_part_is_shown_whole() -> None:
    """Six of six pictures would be called a choice."""
    assert titled_by_lot(6, 6) == "All 6 test pictures"
    assert titled_by_rank(6, 6, "lowest", "IoU") == "All 6 test pictures, the lowest IoU first"


def test_names_stay_inside_their_cells_and_large_pictures_get_larger_ones() -> None:
    """A name at a mask's edge would stand on its neighbour; lines of one pixel would be broken up."""
    mask = np.zeros((512, 512), np.uint8)
    mask[:, -3:] = 1
    each = Answered(np.zeros((512, 512, 1), np.uint8), mask, mask)
    figure = masks([each], ("cell", "membrane"), "", "")
    left, right, *_ = figure.axes[0].images[1].get_extent()
    assert right - left == pytest.approx(LARGE)
    assert figure.axes[0].images[1].get_interpolation() == "antialiased"
    places = [text for text in figure.axes[0].texts if text.get_text() == "membrane" and text.get_ha() == "center"]
    assert len(places) == 2
    assert left < places[0].get_position()[0] < right - HALF_LETTER * len("membrane") + 1e-6


def test_names_make_room_for_each_other() -> None:
    """Of two names on one spot neither could be read."""
    mask = np.zeros((64, 64), np.uint8)
    mask[28:36, 24:30], mask[28:36, 34:40] = 1, 2
    found = names(mask, ("background", "outline", "pet"), 1.6)
    assert [name.text for name in found] == ["outline", "pet"]
    assert not found[0].meets(found[1])
    # Confetti of many classes: no more names than there is room for.
    confetti = np.arange(20 * 20).reshape(20, 20).astype(np.uint8) % 20
    said = names(np.pad(confetti, 200), ("background", *(f"class {number}" for number in range(1, 20))), 1.6)
    assert 1 <= len(said) <= len(MOVES) + 1


def test_the_followed_pictures_are_drawn(subject: Subject) -> None:
    """TensorBoard would have no picture of how the masks are learned, or the training fail on them."""
    probabilities = np.eye(3)[np.zeros((2, 6, 6), int)]
    figure = segmentation.sample(pictures(2), list(MASKS[:2]), probabilities, NAMES, subject.architecture)
    truth = figure.axes[0].images[1].get_array()
    np.testing.assert_array_equal(truth, coloured(MASKS[0, 1:7, 1:7], np.array(colours_of(NAMES), np.uint8)))


def test_nothing_is_said_of_what_stands_around_a_picture(tmp_path: Path) -> None:
    """One would take what the network says of the letterbox's bars for mistakes."""
    layers = [{"type": "Conv2D", "filters": 3, "kernel_size": 1, "activation": "softmax"}]
    architecture = architecture_of(
        tmp_path, layers, task="segmentation", input={"shape": [8, 8, 1], "resize": "letterbox"}
    )
    probabilities = np.eye(3)[np.ones((1, 8, 8), int)]
    figure = segmentation.sample(pictures(1, 8, 4), [MASKS[0, :, :4]], probabilities, NAMES, architecture)
    picture, truth, answer, mistakes = (np.asarray(image.get_array()) for image in figure.axes[0].images)
    for shown in (picture, truth, answer, mistakes):
        assert (shown[:, :2] == 255).all()
        assert (shown[:, 6:] == 255).all()
    assert not (answer[:, 2:6] == 255).all()


def answered(truth: list[list[int]], answer: list[list[int]]) -> Answered:
    mask = np.array(truth, np.uint8)
    return Answered(np.zeros((*mask.shape, 1), np.uint8), mask, np.array(answer, np.uint8))


def test_a_caption_says_how_good_it_is_and_what_is_confused() -> None:
    """A user would have to tell the mistakes by their colours alone."""
    mixed = answered([[0, 1, 1, 2]], [[0, 1, 2, 2]])
    assert mean_iou(mixed.truth, mixed.answer) == pytest.approx((1 + 1 / 2 + 1 / 2) / 3)
    assert caption(mixed, NAMES) == "IoU 0.67 · mostly cat → 5$ or 10$: 1 of 1 wrong pixel"
    assert caption(answered([[0, VOID]], [[0, 1]]), NAMES) == "IoU 1.00 · no wrong pixel"
    assert mean_iou(np.array([[VOID]]), np.array([[0]])) == 1.0


def test_a_name_stands_inside_its_region() -> None:
    """A name would stand on another class's pixels."""
    region = np.zeros((9, 9), bool)
    region[0, :] = region[3:8, 2:7] = True
    assert innermost(region) == (5, 4)
    assert region[innermost(region)]


def test_every_class_has_a_colour() -> None:
    """A mask of many classes would end in a traceback, or the background hide the others."""
    assert colours_of(("background", "cat", "dog"))[1:] == list(COLOURS[:2])
    assert len(set(colours_of([f"class {number}" for number in range(40)]))) == 40


def test_counting_is_said_in_words() -> None:
    """One would have to count dots to know how well the network counts."""
    rows = [(0, "cat", 2, 2), (0, "5$ or 10$", 1, 0), (1, "cat", 3, 5)]
    table = pd.DataFrame(rows, columns=["picture", "class", "true_objects", "predicted_objects"])
    figure = counts(table, NAMES, 2)
    assert figure is not None
    title, subtitle = texts(figure)[:2]
    assert title == "Counting: 7 objects found, and 6 are there, in 2 test pictures"
    assert subtitle.startswith("A dot is a class in a picture: 33% are counted right, and the mean error is 1.")
    legend = figure.axes[0].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["cat: 7 found, 5 there", "5$ or 10$: 0 found, 1 there"]
    to_png(figure)


def test_nothing_to_count_has_no_figure() -> None:
    """A run whose classes are not in its test part would end in a traceback."""
    assert counts(counts_table([], [], NAMES), NAMES, 0) is None
