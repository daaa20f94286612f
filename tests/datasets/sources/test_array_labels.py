"""Masks and boxes as arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkeras.datasets.loading import load_data, read_ahead
from cnnkeras.datasets.source import Data
from tests.datasets.conftest import MakeArchitecture, Refusal, noise

ARRAYS = {"source": "arrays", "path": "all.npz"}
COUNT, HEIGHT, WIDTH = 12, 6, 8
IMAGES = noise(COUNT, HEIGHT, WIDTH, 3)
NUMBERS = np.arange(COUNT * HEIGHT * WIDTH).reshape(COUNT, HEIGHT, WIDTH) % 3
COLOURS = np.array([[1, 2, 3], [0, 0, 0], [255, 128, 0]])


def save(folder: Path, **arrays: Any) -> None:
    np.savez(folder / "all.npz", **arrays)


def found(data: Data) -> dict[int, dict[str, Any]]:
    """Give the examples by the place of their pictures."""
    every = (example for part in data.parts.values() for example in part.examples().as_numpy_iterator())
    return {int(np.flatnonzero((each["image"] == IMAGES).all(axis=(1, 2, 3)))[0]): each for each in every}


MASKS: list[tuple[np.ndarray, dict[str, Any]]] = [
    (NUMBERS, {}),
    (NUMBERS[..., None].astype(np.uint8), {"classes": ["a", "b", "c"]}),
    (NUMBERS * 50, {"classes": {"a": 0, "b": 50, "c": 100}}),
    (COLOURS[NUMBERS], {"classes": {str(colour): colour.tolist() for colour in COLOURS}}),
    (np.repeat(NUMBERS[..., None], 3, -1), {"classes": ["a", "b", "c"]}),
    (np.where(NUMBERS == 1, 0, NUMBERS * 9), {"classes": {"a": [0, 0, 0], "b": [7, 7, 7], "c": [18, 18, 18]}}),
]


@pytest.mark.parametrize(("masks", "fields"), MASKS)
def test_masks(architecture: MakeArchitecture, tmp_path: Path, masks: np.ndarray, fields: dict[str, Any]) -> None:
    """Masks that a program has made would have to be written as files first."""
    save(tmp_path, images=IMAGES, masks=masks)
    section = ARRAYS | fields | {"on_problem": {"class_not_trained": "report"}}
    file = architecture((HEIGHT, WIDTH, 3), data=section, label="mask")
    data = load_data(file)
    assert {name: part.size for name, part in data.parts.items()} == {"train": 10, "validation": 1, "test": 1}
    assert len(data.class_names) == 3
    expected = np.where(NUMBERS == 1, 0, NUMBERS) if masks is MASKS[-1][0] else NUMBERS
    examples = found(data)
    assert len(examples) == COUNT
    for place, example in examples.items():
        assert (example["label"].dtype, example["label"].tolist()) == (np.uint8, expected[place].tolist())
    read_ahead(data, file)


def test_masks_of_no_class(architecture: MakeArchitecture, refusal: Refusal, tmp_path: Path) -> None:
    """Pixels that nobody has named would be learned as a class."""
    masks = NUMBERS.copy()
    masks[3, 0, :2] = 7
    save(tmp_path, images=IMAGES, masks=masks)
    section = ARRAYS | {"classes": ["a", "b", "c"]}
    assert refusal(section, label="mask").splitlines()[:2] == [
        "file.json:16:11: error[data]: data: 1 of 12 pictures can't be used",
        "     = images[3] has 2 pixels of no class: 7",
    ]
    data = load_data(architecture((HEIGHT, WIDTH, 3), data=section | {"on_problem": "repair"}, label="mask"))
    assert found(data)[3]["label"][0, :3].tolist() == [255, 255, int(NUMBERS[3, 0, 2])]
    data = load_data(architecture((HEIGHT, WIDTH, 3), data=section | {"on_problem": "skip"}, label="mask"))
    assert 3 not in found(data)
    assert data.notes == ("data: 1 of 12 pictures left out: images[3] has 2 pixels of no class: 7",)


def boxes(second: tuple[float, ...] = (0, 0, 2, 2)) -> dict[str, np.ndarray]:
    """Give a box for each picture, to every other one of another class, and to the picture 5 none."""
    places = np.full((COUNT, 2, 4), -1.0)
    labels = np.full((COUNT, 2), -1)
    places[:, 0], labels[:, 0] = (1, 2, 5, 4), np.arange(COUNT) % 2
    places[2, 1], labels[2, 1] = second, 1
    labels[5] = -1
    return {"boxes": places, "labels": labels}


def test_boxes(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Boxes that a program has made would have to be written as files first."""
    save(tmp_path, images=IMAGES, **boxes())
    file = architecture((HEIGHT, WIDTH, 3), data=ARRAYS, label="boxes")
    data = load_data(file)
    assert file.data is not None
    assert data.class_names == ("0", "1") == file.data.class_names()
    examples = found(data)
    assert len(examples) == COUNT
    assert examples[2]["boxes"].tolist() == [[1, 2, 5, 4], [0, 0, 2, 2]]
    assert examples[2]["classes"].tolist() == [0, 1]
    assert examples[5]["boxes"].shape == (0, 4)
    read_ahead(data, file)
    shares = boxes()
    shares["boxes"] = shares["boxes"] / (WIDTH, HEIGHT, WIDTH, HEIGHT)
    save(
        tmp_path, **{f"x_{part}": IMAGES for part in ("train", "test")}, places=shares["boxes"], kinds=shares["labels"]
    )
    section = {"image": {"train": "x_train", "test": "x_test"}, "boxes": {"train": "places", "test": "places"}}
    section |= {"label": {"train": "kinds", "test": "kinds"}}
    more = {"box_format": "rel_xyxy", "classes": ["cat", "dog"]}
    data = load_data(architecture((HEIGHT, WIDTH, 3), data=ARRAYS | section | more, label="boxes"))
    assert {name: part.size for name, part in data.parts.items()} == {"train": 10, "validation": 2, "test": 12}
    first = next(data.parts["test"].examples().as_numpy_iterator())
    assert (first["boxes"].round(4).tolist(), data.class_names) == ([[1, 2, 5, 4]], ("cat", "dog"))


def test_boxes_that_are_not_right(architecture: MakeArchitecture, refusal: Refusal, tmp_path: Path) -> None:
    """A box without area would be lost without a word."""
    save(tmp_path, images=IMAGES, **boxes((3, 3, 3, 4)))
    data = load_data(architecture((HEIGHT, WIDTH, 3), data=ARRAYS, label="boxes"))
    assert data.notes == ("data: 1 box has no area (left out): images[2] box 2 (1) is 0×1 pixels",)
    assert len(found(data)[2]["boxes"]) == 1
    save(tmp_path, images=IMAGES, **boxes((3, 4, 1, 2)))
    data = load_data(architecture((HEIGHT, WIDTH, 3), data=ARRAYS, label="boxes"))
    assert data.notes == ("data: 1 box has no area (left out): images[2] box 2 (1) [3, 4, 1, 2] ends before it begins",)
    text = refusal(ARRAYS | {"classes": ["cat"]}, label="boxes")
    assert '     = images[1] has a box of the class "1", which there is not\n' in text


def test_classes_by_name(architecture: MakeArchitecture, refusal: Refusal, tmp_path: Path) -> None:
    """Figures would call classes by numbers although the file names them."""
    save(tmp_path, images=IMAGES, labels=np.arange(COUNT) % 2)
    data = load_data(architecture((HEIGHT, WIDTH, 3), data=ARRAYS | {"classes": ["cat", "dog"]}))
    assert data.class_names == ("cat", "dog")
    assert {place: int(each["label"]) for place, each in found(data).items()} == {
        each: each % 2 for each in range(COUNT)
    }
    words = np.array(["dog", "cat"])[np.arange(COUNT) % 2]
    save(tmp_path, images=IMAGES, labels=words)
    data = load_data(architecture((HEIGHT, WIDTH, 3), data=ARRAYS | {"classes": ["dog", "cat"]}))
    assert {int(each["label"]) for place, each in found(data).items() if place % 2} == {1}
    lines = refusal(ARRAYS | {"classes": ["cat"]}).splitlines()
    assert lines[0].endswith('data: the labels have "dog", and "classes" has no such class')


BOXES = "save boxes as (count, most, 4), and their labels as whole numbers, (count, most), -1 where there is no box"
GIVEN = boxes()
WRONG: list[tuple[dict[str, Any], str, dict[str, Any], str, str]] = [
    ({"masks": NUMBERS[:3]}, "mask", {}, '"masks" is 3×6×8, and "images" has 12 pictures',
     "save masks as whole numbers of the pictures' size: (count, height, width), or colours with 3 channels"),
    ({"masks": NUMBERS / 2}, "mask", {}, '"masks" is 12×6×8, and "images" has 12 pictures',
     "save masks as whole numbers of the pictures' size: (count, height, width), or colours with 3 channels"),
    ({"boxes": GIVEN["boxes"][:, 0], "labels": GIVEN["labels"]}, "boxes", {}, '"boxes" is 12×4, and "images" has 12 pictures', BOXES),
    ({"boxes": GIVEN["boxes"], "labels": np.arange(12)}, "boxes", {}, '"labels" is 12, and "images" has 12 pictures', BOXES),
    ({"boxes": GIVEN["boxes"] * np.nan, "labels": GIVEN["labels"]}, "boxes", {}, "the boxes hold numbers that are not finite", BOXES),
    ({"boxes": GIVEN["boxes"]}, "boxes", {}, 'the file has no array "labels"', 'use one of "images", "boxes"'),
    (GIVEN, "boxes", {"classes": {"a": 1}}, '"classes" gives numbers or colours, and only masks have them',
     'give an array of names, ["cat", "dog"]'),
]  # fmt: skip


@pytest.mark.parametrize(("arrays", "label", "fields", "message", "hint"), WRONG)
def test_arrays_that_do_not_fit(
    refusal: Refusal,
    tmp_path: Path,
    arrays: dict[str, Any],
    label: Any,
    fields: dict[str, Any],
    message: str,
    hint: str,
) -> None:
    """A network would learn from numbers that mean something else."""
    save(tmp_path, images=IMAGES, **arrays)
    head, *rest = refusal(ARRAYS | fields, label=label).splitlines()
    assert head.partition(" error[data]: data: ")[2] == message
    assert rest == [f"     = help: {hint}"]
