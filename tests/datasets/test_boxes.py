"""Boxes on their way to the network, and back to the picture: each stays around what it marks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkeras.datasets.checks import check_data
from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.places import boxes_to_input, boxes_to_picture
from cnnkeras.datasets.preparation import resize_to
from cnnkeras.datasets.reading import streaming
from cnnkeras.datasets.source import Data, Part
from cnnkeras.datasets.sources.scenes import Counts, Scenes
from cnnkeras.errors import RunError
from cnnkeras.spec.input import InputSection

from .conftest import MakeArchitecture

# left, top, right, bottom in a picture of 12×20.
BOXES: list[list[list[float]]] = [[[2, 3, 10, 9], [15, 0, 20, 4]], [], [[0, 0, 20, 12]]]
CLASSES = [[0, 2], [], [1]]


def part_of(boxes: Any = BOXES, classes: Any = CLASSES, num_classes: int | None = 3) -> Part:
    """Give black pictures of 12×20 with white boxes."""

    def make() -> Any:
        for some, numbers in zip(boxes, classes, strict=True):
            image = np.zeros((12, 20, 1), np.uint8)
            for left, top, right, bottom in some:
                image[int(top) : int(bottom), int(left) : int(right)] = 255
            yield {
                "image": image,
                "boxes": np.array(some, np.float32).reshape(-1, 4),
                "classes": np.array(numbers, np.int64),
            }

    signature = {
        "image": tf.TensorSpec((12, 20, 1), tf.uint8),
        "boxes": tf.TensorSpec((None, 4), tf.float32),
        "classes": tf.TensorSpec((None,), tf.int64),
    }
    return Part(
        "train", len(boxes), lambda: tf.data.Dataset.from_generator(make, output_signature=signature), num_classes
    )


def rows_of(part: Part, file: Any, budget: int | None = None, size: int = 3) -> list[np.ndarray]:
    return [rows.numpy() for _, rows in batches(part, file, size, training=False, budget=budget)]


@pytest.fixture(params=["in memory", "on disk", "streamed"])
def budget(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int | None:
    """Give the budget that makes the pictures stay in memory, in a mapped file, or nowhere."""
    if request.param == "streamed":
        monkeypatch.setattr("cnnkeras.datasets.store._allocate", lambda *_: (None, False))
    return None if request.param == "in memory" else 0


def test_are_rows_in_pixels_of_the_input(architecture: MakeArchitecture, budget: int | None) -> None:
    """A detector would learn boxes of the wrong size, or a class for pictures without a box."""
    ((first, second, third),) = rows_of(part_of(), architecture((24, 20, 1), label="boxes"), budget)
    assert first.tolist() == [[2, 6, 10, 18, 0], [15, 0, 20, 8, 2]]
    assert second.tolist() == [[-1] * 5] * 2
    assert third.tolist() == [[0, 0, 20, 24, 1], [-1] * 5]


def test_letterbox_and_crop_move_them(architecture: MakeArchitecture) -> None:
    """A network would be trained on boxes beside their objects, or on objects that are cut off."""
    letterboxed = rows_of(part_of(), architecture((20, 20, 1), resize="letterbox", label="boxes"))[0]
    assert letterboxed[0].tolist() == [[2, 7, 10, 13, 0], [15, 4, 20, 8, 2]]
    # 12×12 of 12×20: four columns are lost on either side. Of the second box one column of five is left.
    cut = rows_of(part_of(), architecture((12, 12, 1), resize="crop", label="boxes"))[0]
    assert cut[0].tolist() == [[0, 3, 6, 9, 0], [11, 0, 12, 4, 2]]
    assert cut[2][0].tolist() == [0, 0, 12, 12, 1]


def test_that_are_hardly_in_the_crop_are_left_out(architecture: MakeArchitecture) -> None:
    """A network would be told to find an object of which nothing is seen."""
    boxes = [[[0, 0, 3, 5], [0, 2, 4, 6], [0, 0, 4.5, 2], [0, 0, 4.4, 2]]]
    ((rows,),) = rows_of(part_of(boxes, [[0, 0, 1, 2]]), architecture((12, 12, 1), resize="crop", label="boxes"))
    assert rows.tolist() == [[0, 0, 0.5, 2, 1]]


def test_pictures_without_any_box(architecture: MakeArchitecture, budget: int | None) -> None:
    """A part of empty pictures would give labels of no rows, and training would stop."""
    (rows,) = rows_of(part_of([[], []], [[], []]), architecture((12, 20, 1), label="boxes"), budget)
    assert rows.tolist() == [[[-1.0] * 5]] * 2


def test_a_streamed_part_is_filled_up_by_batch(architecture: MakeArchitecture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be kept, nobody knows the most boxes: one picture of hundreds must not cost all others."""
    monkeypatch.setattr("cnnkeras.datasets.store._allocate", lambda *_: (None, False))
    many = [[[0, 0, 1 + number % 20, 5] for number in range(300)], [], [[1, 1, 5, 5]]]
    classes = [[0] * 300, [], [1]]
    file = architecture((12, 20, 1), label="boxes")
    shapes = [rows.shape for rows in rows_of(part_of(many, classes), file, budget=0, size=1)]
    assert shapes == [(1, 300, 5), (1, 1, 5), (1, 1, 5)]


def test_streamed_rows_have_a_rank(architecture: MakeArchitecture, budget: int | None) -> None:
    """Keras would not know the labels' form before the first batch, and strategies neither."""
    data = batches(part_of(), architecture((12, 20, 1), label="boxes"), 2, training=True, budget=budget)
    spec = data.element_spec[1]
    assert (spec.dtype, spec.shape.rank, spec.shape[2]) == (tf.float32, 3, 5)


def test_crowds_are_no_objects(architecture: MakeArchitecture) -> None:
    """A detector would learn the outline of a crowd as one object."""
    plain = part_of()

    def examples() -> tf.data.Dataset:
        return plain.examples().map(lambda example: {**example, "crowd": tf.cast(example["classes"] == 2, tf.int64)})

    (rows,) = rows_of(Part("train", 3, examples, 3), architecture((12, 20, 1), label="boxes"))
    assert rows[0].tolist() == [[2, 3, 10, 9, 0]]


def test_of_a_class_that_there_is_not(architecture: MakeArchitecture, budget: int | None) -> None:
    """A detector would be trained on classes that it has no output for."""
    file, part = architecture((12, 20, 1), label="boxes"), part_of(classes=[[0, 2], [], [3]])
    with pytest.raises(RunError) as error, streaming("train"):
        rows_of(part, file, budget)
    stored = (
        "train: a box of example 2 has the class 3, and there are 0 to 2\n"
        "     = help: classes count from 0, and none of them is the background"
    )
    streamed = (
        "train: the data can't be read: an example has the label 3, and the classes are 0 to 2\n"
        "     = help: prepare the data again"
    )
    assert str(error.value) in (stored, streamed)


def test_are_checked_before_anything_is_read(architecture: MakeArchitecture) -> None:
    """A part whose first picture has no box would stop the check."""
    file = architecture((12, 20, 1), label="boxes")
    for part in (part_of(), part_of([[], [[1, 1, 2, 2]]], [[], [0]])):
        assert check_data(Data(dict.fromkeys(("train", "validation", "test"), part), ("a", "b", "c")), file) == []


def test_scenes_give_boxes(architecture: MakeArchitecture) -> None:
    """The shipped data could not be used for detection."""
    source = Scenes(source="scenes", count=Counts(train=5, validation=1, test=1)).for_task("detection")
    part = source.load().parts["train"]
    ((images, rows),) = batches(part, architecture((64, 64, 1), label="boxes"), 5, training=False)
    assert images.shape == (5, 64, 64, 1)
    for boxes, example in zip(rows.numpy(), part.examples().as_numpy_iterator(), strict=True):
        count = len(example["classes"])
        np.testing.assert_array_equal(boxes[:count, :4], example["boxes"])
        np.testing.assert_array_equal(boxes[:count, 4], example["classes"])
        assert (boxes[count:] == -1).all()


SIDES = st.integers(1, 300)


@settings(max_examples=60)
@given(st.tuples(SIDES, SIDES), st.tuples(SIDES, SIDES), st.sampled_from(["stretch", "letterbox"]))
def test_come_back_to_the_picture(own: tuple[int, int], shape: tuple[int, int], resize: Any) -> None:
    """A served box would not lie where the object is in the caller's own picture."""
    section = InputSection(shape=(*shape, 3), resize=resize)
    boxes = tf.constant([[0.0, 0.0, own[1], own[0]], [own[1] / 3, own[0] / 4, own[1] / 2, own[0] / 1.5]])
    moved = boxes_to_input(boxes, own, section)
    np.testing.assert_allclose(boxes_to_picture(moved, own, section), boxes, atol=1e-3 * max(own))


def test_back_from_a_crop_ends_at_the_picture() -> None:
    """A served box would reach beyond the caller's picture."""
    section = InputSection(shape=(10, 10, 1), resize="letterbox")
    around = tf.constant([[[-2.0, -2.0, 12.0, 12.0]], [[-2.0, 0.0, 5.0, 6.0]]])
    moved = boxes_to_picture(around, tf.constant([[20, 40], [10, 10]]), section)
    assert moved.numpy().tolist() == [[[0, 0, 40, 20]], [[0, 0, 5, 6]]]


@pytest.mark.parametrize("resize", ["stretch", "letterbox", "crop"])
def test_lie_where_the_pixels_go(resize: Any) -> None:
    """Boxes and pictures would be moved by two rules."""
    section = InputSection(shape=(48, 36, 1), resize=resize, interpolation="nearest")
    image = np.zeros((1, 24, 72, 1), np.uint8)
    image[0, 6:18, 24:48] = 255
    ys, xs = np.nonzero(resize_to(tf.constant(image), section).numpy()[0, :, :, 0])
    box = boxes_to_input(tf.constant([[24.0, 6.0, 48.0, 18.0]]), [24, 72], section)
    seen = tf.clip_by_value(box, 0.0, [36.0, 48.0, 36.0, 48.0])
    np.testing.assert_allclose(seen, [[xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]], atol=0.51)
