"""The scenes that ship: pictures, masks and boxes that belong together, the same on every machine."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

from cnnkeras.datasets.scenes.drawing import resized
from cnnkeras.datasets.sources import SOURCES
from cnnkeras.datasets.sources.digits import read_digits
from cnnkeras.datasets.sources.scenes import CLASSES, Scenes
from cnnkeras.spec.load import load_architecture
from cnnkeras.spec.task import Registry

from .conftest import MakeArchitecture

SMALL = {"train": 12, "validation": 3, "test": 4}


def scenes(**fields: Any) -> Scenes:
    return Scenes.model_validate({"source": "scenes", "count": SMALL, **fields})


def examples(source: Scenes, part: str = "train") -> list[dict[str, np.ndarray]]:
    return list(source.load().parts[part].examples().as_numpy_iterator())


def test_the_classes_are_those_of_the_task() -> None:
    """Boxes would be counted from a background that they do not have."""
    detection = scenes().for_task("detection")
    assert scenes().class_names() == ("background", *detection.class_names())
    assert detection.load().class_names == detection.class_names()


def test_each_part_has_its_scenes() -> None:
    """The sizes in the file would not be those of the data."""
    data = scenes(size=(40, 56)).load()
    assert data.class_names == CLASSES == ("background", *"0123456789")
    assert {name: part.size for name, part in data.parts.items()} == SMALL
    for part in data.parts.values():
        found = list(part.examples().as_numpy_iterator())
        assert len(found) == part.size
        for example in found:
            assert (example["image"].shape, example["image"].dtype) == ((40, 56, 1), np.uint8)
            assert (example["label"].shape, example["label"].dtype) == ((40, 56), np.uint8)


def test_boxes_enclose_what_the_mask_has() -> None:
    """A detector would be trained on boxes that lie elsewhere than the digits."""
    for example in examples(scenes(size=96, digits=(0, 6))):
        covered = np.zeros(example["label"].shape, bool)
        for (left, top, right, bottom), digit in zip(example["boxes"].astype(int), example["classes"], strict=True):
            inside = example["label"][top:bottom, left:right] == digit + 1
            assert inside[0].any()
            assert inside[-1].any()
            assert inside[:, 0].any()
            assert inside[:, -1].any()
            covered[top:bottom, left:right] = True
        assert not example["label"][~covered].any()


def test_digits_are_brighter_than_what_is_around() -> None:
    """The masks would not lie on the digits, and nothing could be learned."""
    for example in examples(scenes()):
        image, mask = example["image"][..., 0].astype(float), example["label"]
        assert image[mask > 0].mean() > image[mask == 0].mean() + 40


def test_the_same_on_every_machine() -> None:
    """Figures measured on the scenes could not be compared."""
    digest = hashlib.sha256()
    for example in examples(scenes(), "test"):
        for name in ("image", "label", "boxes", "classes"):
            digest.update(example[name].tobytes())
    assert digest.hexdigest() == "97a5719cde486b3c771f45045eb3d2c3312529244777f8d0e69732e290433731"
    assert not np.array_equal(examples(scenes())[0]["image"], examples(scenes(seed=1))[0]["image"])
    assert not np.array_equal(examples(scenes())[0]["image"], examples(scenes(), "test")[0]["image"])


def test_more_scenes_begin_with_the_same() -> None:
    """A larger part would be other data, and not more of it."""
    more = examples(scenes(count={**SMALL, "train": 20}))
    for example, same in zip(examples(scenes()), more, strict=False):
        assert np.array_equal(example["image"], same["image"])


def test_no_digit_stands_in_two_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test would ask for digits that were trained on."""
    arrays = read_digits()
    numbers = {"train": 1, "validation": 2, "test": 3}
    labels = np.array([numbers[str(part)] for part in arrays["parts"]])
    monkeypatch.setattr("cnnkeras.datasets.sources.scenes.read_digits", lambda: arrays | {"labels": labels})
    for part, number in numbers.items():
        assert {int(each) for example in examples(scenes(), part) for each in example["classes"]} == {number}


def test_resizing_keeps_what_is_even() -> None:
    """A digit would be dimmer at its border, or shifted in its scene."""
    np.testing.assert_array_equal(resized(np.full((3, 5), 7.0), 8, 2), np.full((8, 2), 7.0))
    np.testing.assert_allclose(resized(np.array([[0.0, 4.0]]), 1, 4), [[0, 1, 3, 4]])
    assert resized(np.ones((1, 1)), 4, 4).shape == (4, 4)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"size": 20}, '"size" must be an integer from 32 to 4096, or [height, width], and it is 20'),
        ({"size": [9, 64]}, '"size" must be an integer from 32 to 4096, or [height, width], and it is [9, 64]'),
        ({"digits": [3, 2]}, '"digits" must be an integer from 0 to 100, or [fewest, most], and it is [3, 2]'),
        ({"digits": 1.5}, '"digits" must be an integer from 0 to 100, or [fewest, most], and it is 1.5'),
        ({"count": {"test": 0}}, '"count.test" must be at least 1, and it is 0'),
    ],
)
def test_mistakes(architecture: MakeArchitecture, data: Any, message: str) -> None:
    """A wrong section would end in a traceback, or be read as something else."""
    assert architecture((64, 64, 1), data={"source": "scenes", **data}).data is None
    found = load_architecture("file.json", registry=Registry(sources=SOURCES)).diagnostics
    assert [each.message for each in found if each.message.startswith("data")] == [f"data: {message}"]
