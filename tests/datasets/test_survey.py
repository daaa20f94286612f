"""What one pass over the data finds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.datasets.loading import load_data
from cnnkeras.datasets.pictures.defects import Problem
from cnnkeras.datasets.source import Data, Part
from cnnkeras.datasets.survey import examples_at, part_of_examples, survey
from cnnkeras.spec.data import VOID
from tests.datasets.conftest import MakeArchitecture, noise


def part(name: str, examples: list[dict[str, Any]], classes: int = 2) -> Part:
    spec = {
        "image": tf.TensorSpec((None, None, 1), tf.uint8),
        "label": tf.TensorSpec(None, tf.uint8),
        "boxes": tf.TensorSpec((None, 4), tf.float32),
        "classes": tf.TensorSpec((None,), tf.int64),
    }
    wanted = {key: spec[key] for key in examples[0]}
    return Part(
        name,
        len(examples),
        lambda: tf.data.Dataset.from_generator(lambda: iter(examples), output_signature=wanted),
        classes,
    )


def boxes(*rows: tuple[float, ...], classes: tuple[int, ...], image: np.ndarray) -> dict[str, Any]:
    return {"image": image, "boxes": np.array(rows, np.float32).reshape(-1, 4), "classes": np.array(classes, np.int64)}


def test_classes_are_counted(architecture: MakeArchitecture) -> None:
    """A class that is rare would not be seen to be."""
    data = load_data(architecture(data={"source": "digits"}))
    found = survey(data, "class")
    assert [part.size for part in found.parts] == [1197, 300, 300]
    train = found.parts[0]
    labels = [int(example["label"]) for example in data.parts["train"].examples().as_numpy_iterator()]
    assert train.pictures.tolist() == train.amounts.tolist() == np.bincount(labels).tolist()
    assert train.labels == labels
    assert found.problems == ()


def test_pixels_are_counted() -> None:
    """Masks that are of another size, or of no class, would be met in the middle of the training."""
    image = noise(3, 4, 5)
    mask = np.zeros((4, 5), np.uint8)
    mask[0] = [1, VOID, VOID, 7, 1]
    examples = [{"image": image[0], "label": mask}, {"image": image[1], "label": np.zeros((3, 5), np.uint8)}]
    found = survey(Data({"train": part("train", examples)}, ("a", "b")), "mask")
    (train,) = found.parts
    assert (train.amounts.tolist(), train.pictures.tolist(), train.void) == ([30, 2], [2, 1], 2)
    assert found.problems == (
        Problem("mask_value", "train example 0", "has a mask with 7, and the classes are 0 to 1"),
        Problem("mask_size", "train example 1", "has a mask of 3×5 pixels"),
    )


def test_boxes_are_measured() -> None:
    """A box without an area, or beside its picture, would make every loss not a number."""
    image = noise(2, 20, 40)
    examples = [
        boxes((0, 0, 10, 5), (3, 3, 3, 9), (30, 0, 45, 10), (1, 1, 2, 2), classes=(0, 0, 1, 5), image=image[0]),
        boxes(classes=(), image=image[1]),
    ]
    found = survey(Data({"train": part("train", examples)}, ("a", "b")), "boxes")
    (train,) = found.parts
    assert (train.amounts.tolist(), train.pictures.tolist(), train.boxes_by_picture) == ([2, 1], [1, 1], [4, 0])
    assert train.areas[0].tolist() == pytest.approx([50 / 800, 0, 150 / 800, 1 / 800])
    assert found.problems == (
        Problem("zero_area_box", "train example 0", "box 2 is 0×6 pixels"),
        Problem("outside_box", "train example 0", "box 3 (30, 0, 45, 10) reaches outside 40×20 pixels"),
        Problem("unknown_class", "train example 0", "box 4 has the class 5, which there is not"),
    )


def test_parts_are_compared() -> None:
    """What is tested would have been trained on."""
    image = noise(3, 4, 4)
    train = part("train", [{"image": image[0], "label": np.uint8(0)}, {"image": image[1], "label": np.uint8(1)}])
    test = part("test", [{"image": image[2], "label": np.uint8(0)}, {"image": image[1], "label": np.uint8(0)}])
    found = survey(Data({"train": train, "test": test}, ("a", "b")), "class")
    assert found.problems == (
        Problem("class_not_measured", '"b"', "is missing from test"),
        Problem("same_picture", "train example 1", "is in train, and in test as test example 1"),
    )


@pytest.mark.parametrize("kind", ["mask", "boxes"])
def test_some_examples_as_a_part(architecture: MakeArchitecture, kind: str) -> None:
    """The sheets would show other pictures than were chosen."""
    task = {"mask": "segmentation", "boxes": "detection"}[kind]
    source = architecture(data={"source": "scenes", "count": {"train": 9, "validation": 1, "test": 1}}, label=kind).data
    assert source is not None
    train = source.for_task(task).load().parts["train"]  # type: ignore[attr-defined]
    chosen = examples_at(train, [7, 2])
    again = [*part_of_examples(train, chosen).examples().as_numpy_iterator()]
    everything = [*train.examples().as_numpy_iterator()]
    for example, index in zip(again, (7, 2), strict=True):
        for key, value in everything[index].items():
            np.testing.assert_array_equal(example[key], value)
