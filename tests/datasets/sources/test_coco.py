"""Pictures with COCO's annotations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkeras.datasets.boxes.coco import read_coco
from cnnkeras.datasets.loading import load_data, read_ahead
from cnnkeras.datasets.source import Data
from cnnkeras.datasets.sources import SOURCES
from tests.datasets.conftest import MakeArchitecture, Refusal
from tests.datasets.sources.conftest import encoded, picture, write

COCO = {"source": "coco", "path": "data", "annotations": "all.json"}
# COCO's own numbers begin at 1 and leave some out; their order is not that of the file.
CATEGORIES = [{"id": 18, "name": "dog"}, {"id": 17, "name": "cat"}, {"id": 90, "name": "brush"}]


def pictures(count: int = 12, below: str = "data/images/") -> dict[str, bytes]:
    return {f"{below}{number:02}.jpg": encoded(picture(number), "JPEG") for number in range(count)}


def instances(count: int = 12, first: int = 0) -> dict[str, Any]:
    numbers = range(first, first + count)
    images = [{"id": 100 + number, "file_name": f"{number:02}.jpg", "width": 9, "height": 7} for number in numbers]
    categories = (18, 17, 90)
    boxes = [
        {
            "id": number,
            "image_id": 100 + number,
            "category_id": categories[number % 3],
            "bbox": [1, 2, 3.5, 4],
            "iscrowd": 0,
        }
        for number in numbers
    ]
    return {"images": images, "annotations": boxes, "categories": CATEGORIES}


def written(content: dict[str, Any], name: str = "all.json") -> dict[str, bytes]:
    return {f"data/{name}": json.dumps(content).encode()}


def examples(data: Data, part: str) -> list[dict[str, Any]]:
    return list(data.parts[part].examples().as_numpy_iterator())


def sizes(data: Data) -> dict[str, int]:
    return {name: part.size for name, part in data.parts.items()}


def test_one_file(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Boxes would lie elsewhere than what they mark, or have another class."""
    content = instances()
    content["annotations"].append(
        {"id": 99, "image_id": 100, "category_id": 17, "bbox": [0, 0, 9, 7], "iscrowd": 1, "area": 63}
    )
    content["annotations"] = [each for each in content["annotations"] if each["image_id"] != 104]
    write(tmp_path, pictures() | written(content))
    file = architecture((7, 9, 3), data=COCO, label="boxes")
    data = load_data(file)
    assert data.class_names == ("cat", "dog", "brush") == SOURCES["coco"].model_validate(COCO).class_names()
    assert (sizes(data), data.notes) == ({"train": 6, "validation": 3, "test": 3}, ())
    found = {each["file"].decode(): each for part in data.parts for each in examples(data, part)}
    first = found["images/00.jpg"]
    assert np.array_equal(first["boxes"], np.array([[1, 2, 4.5, 6], [0, 0, 9, 7]], np.float32))
    assert (first["classes"].tolist(), first["crowd"].tolist()) == ([1, 0], [0, 1])
    assert found["images/04.jpg"]["boxes"].shape == (0, 4)
    assert {name for name, each in found.items() if 2 in each["classes"]} == {
        f"images/{each:02}.jpg" for each in (2, 5, 8, 11)
    }
    read_ahead(data, file)


def test_a_file_for_each_part(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """COCO as it is downloaded would be trained on its validation pictures."""
    write(tmp_path, written(instances(6), "a/train.json") | written(instances(3, 6), "a/val.json"))
    write(tmp_path, pictures(9, "data/all/"))
    section = COCO | {"annotations": {"train": "a/train.json", "validation": "a/val.json"}, "images": "all"}
    section |= {"classes": ["brush", "dog", "cat"], "split": {"test": ["00", "01", "02"]}}
    data = load_data(architecture((7, 9, 3), data=section, label="boxes"))
    assert sizes(data) == {"train": 3, "validation": 3, "test": 3}
    assert data.class_names == ("brush", "dog", "cat")
    assert [each["file"] for each in examples(data, "validation")] == [b"all/06.jpg", b"all/07.jpg", b"all/08.jpg"]
    assert [each["classes"].tolist() for each in examples(data, "test")] == [[1], [2], [0]]
    section |= {"images": {"train": "all", "validation": "all"}}
    assert sizes(load_data(architecture((7, 9, 3), data=section, label="boxes")))["validation"] == 3


DEFECTS: dict[str, list[dict[str, Any]]] = {
    "images": [
        {"id": 200, "file_name": "gone.jpg"}, {"id": 100, "file_name": "again.jpg"}, {"file_name": "x.jpg"},
        {"id": 201, "file_name": "20.jpg"}, {"id": 202, "file_name": "21.jpg", "width": 18, "height": 14},
    ],
    "annotations": [
        {"image_id": 300, "category_id": 17, "bbox": [1, 1, 2, 2]}, {"image_id": 201, "category_id": 17},
        {"image_id": 201, "category_id": 17, "bbox": [1, 1, 2, "x"]}, {"image_id": 101, "category_id": 4, "bbox": [1, 1, 2, 2]},
        {"image_id": 102, "category_id": 17, "bbox": [1, 1, 0, 2]}, {"image_id": 103, "category_id": 17, "bbox": [-3, 1, 5, 2]},
    ],
    "categories": [{"id": "4", "name": "bird"}, {"id": 17, "name": "bird"}],
}  # fmt: skip
NAMED = [
    "all.json annotations[12] belongs to the picture 300, which there is not",
    'all.json annotations[13] (20.jpg) needs a "bbox" of four numbers',
    "all.json annotations[14] (20.jpg) 'x' is no number",
    'all.json categories[3] needs an "id", a whole number, and a "name"',
    'all.json categories[4] has the id 17 of another category, "cat"',
    "all.json images[13] has the id 100 of another picture, 00.jpg",
    'all.json images[14] needs an "id" and a "file_name"',
    'images/01.jpg has a box of the class "category 4", which there is not',
    "images/21.jpg is 9×7, and annotated at 18×14",
    "images/gone.jpg is not there",
]


def with_defects(tmp_path: Path) -> None:
    content = instances()
    write(tmp_path, pictures() | written({key: content[key] + more for key, more in DEFECTS.items()}))
    write(tmp_path, {f"data/images/{number}.jpg": encoded(picture(number), "JPEG") for number in (20, 21)})


def test_every_defect_is_named(refusal: Refusal, tmp_path: Path) -> None:
    """Somebody would mend one annotation, start again, and meet the next."""
    with_defects(tmp_path)
    lines = refusal(COCO, label="boxes").splitlines()
    assert lines[0] == "file.json:16:11: error[data]: data: 10 of 21 pictures can't be used"
    assert [line.removeprefix("     = ") for line in lines[1:-1]] == NAMED


def test_defects_that_are_left_out(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A picture would be trained on without the boxes that could not be read."""
    with_defects(tmp_path)
    data = load_data(architecture((7, 9, 3), data=COCO | {"on_problem": "skip"}, label="boxes"))
    names = {each["file"].decode() for part in data.parts for each in examples(data, part)}
    assert names == {f"images/{number:02}.jpg" for number in range(12) if number != 1}
    assert data.notes[1:] == (
        "data: 1 box has no area (left out): images/02.jpg box 2 (cat) is 0×2 pixels",
        "data: 1 box reaches outside its picture (clipped to the picture; left out where nothing stays): images/03.jpg "
        "box 2 (cat) [-3, 1, 2, 3] reaches outside 9×7",
    )


HINT = "name a JSON file of COCO's instances; its path counts from the data's folder"
WRONG: list[tuple[bytes, dict[str, Any], str, str]] = [
    (b'{"images": [},', {}, "data/all.json can't be read: line 1, column 13: Expecting value", HINT),
    (b"[" * 100_000, {}, "data/all.json can't be read: it is nested too deeply", HINT),
    (b"\xff\xff", {}, "data/all.json can't be read: it is no text in UTF-8", HINT),
    (b"[]", {}, "data/all.json can't be read: it holds no object", HINT),
    (b'{"categories": [], "images": []}', {}, 'data/all.json can\'t be read: it has no "annotations"', HINT),
    (b'{"categories": [], "images": [], "annotations": []}', {}, "the annotations have no categories", 'name them in "categories"'),
    (b"", {"annotations": "none.json"}, "data/none.json can't be read: No such file or directory", HINT),
    (b"", {"images": {"train": "a", "test": "b"}}, '"images" has folders for train and test, and "annotations" files for train',
     "name both for the same parts, or one folder for all"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "fields", "message", "hint"), WRONG)
def test_what_does_not_fit(
    refusal: Refusal, tmp_path: Path, content: bytes, fields: dict[str, Any], message: str, hint: str
) -> None:
    """Somebody would read what Python says of a file, and not what to do."""
    write(tmp_path, {"data/all.json": content})
    head, *rest = refusal(COCO | fields, label="boxes").splitlines()
    assert head.partition(" error[data]: data: ")[2] == message
    assert rest == [f"     = help: {hint}"]


def test_trained_on_and_measured(refusal: Refusal, tmp_path: Path) -> None:
    """A detector would be praised for pictures that it has learned."""
    write(tmp_path, pictures(6) | written(instances(6), "train.json") | written(instances(5), "val.json"))
    section = COCO | {"annotations": {"train": "train.json", "validation": "val.json"}}
    assert refusal(section, label="boxes").splitlines() == [
        "file.json:16:11: error[data]: data: train and validation share 5 pictures: images/00.jpg, images/01.jpg, images/02.jpg, …",
        "     = help: what is measured must not have been trained on: keep them apart",
    ]


LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just(17)
ANY = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
KEYS = ("id", "name", "file_name", "width", "height", "image_id", "category_id", "bbox", "iscrowd")
ENTRIES = st.lists(
    st.dictionaries(st.sampled_from(KEYS), ANY | st.sampled_from([1, 17, "a.jpg", [1, 2, 3, 4]]), max_size=9) | ANY,
    max_size=4,
)


@settings(max_examples=300)
@given(st.fixed_dictionaries({"images": ENTRIES, "annotations": ENTRIES, "categories": ENTRIES}) | ANY)
def test_any_content(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    """A strange annotation would end in a traceback."""
    file = tmp_path_factory.getbasetemp() / "any.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    try:
        found = read_coco(file)
    except ValueError as error:
        assert str(error).startswith("it h")
        return
    for each in found.pictures.values():
        assert all(np.isfinite(box.numbers).all() and box.label for box in each.boxes)


def test_half_a_character(tmp_path: Path) -> None:
    """A name that can't be written down would end in a traceback."""
    content = {
        "images": [{"id": 1, "file_name": "\ud800.jpg"}],
        "categories": [{"id": 1, "name": "\ud800"}],
        "annotations": [],
    }
    (tmp_path / "all.json").write_text(json.dumps(content))
    assert read_coco(tmp_path / "all.json").problems == [
        ("categories[0]", 'needs an "id", a whole number, and a "name"'),
        ("images[0]", 'needs an "id" and a "file_name"'),
    ]


def test_categories_of_one_name(architecture: MakeArchitecture, refusal: Refusal, tmp_path: Path) -> None:
    """Boxes of two categories would become one class without a word."""
    content = instances()
    content["categories"] = [*CATEGORIES, {"id": 3, "name": "dog"}]
    write(tmp_path, pictures() | written(content))
    data = load_data(architecture((7, 9, 3), data=COCO, label="boxes"))
    assert (data.class_names, data.notes) == (
        ("dog", "cat", "brush"),
        ('data: 1 category has the name of another: all.json categories[3] "dog"',),
    )
    assert refusal(COCO | {"on_problem": {"same_category": "error"}}, label="boxes").splitlines() == [
        "file.json:16:11: error[data]: data: 1 of 13 pictures can't be used",
        '     = all.json categories[3] "dog" has the name of another',
        '     = help: mend or remove them, or say "on_problem": {"same_category": "report"} '
        "(command line: data.on_problem.same_category=report)",
    ]


def test_numbers_that_are_too_large(tmp_path: Path) -> None:
    """A box beyond every picture would end in numbers that are none, and a long number in Python's own words."""
    content = instances(2)
    content["annotations"][0]["bbox"] = [1e308, 1e308, 1e308, 1e308]
    (tmp_path / "all.json").write_text(json.dumps(content))
    assert read_coco(tmp_path / "all.json").problems == [("annotations[0]", "(00.jpg) 1e+308 lies in no picture")]
    (tmp_path / "all.json").write_text('{"images": [1%s]}' % ("0" * 5000))
    with pytest.raises(ValueError, match="it holds a number of more digits than can be read"):
        read_coco(tmp_path / "all.json")


def test_a_category_that_only_holds_others_is_no_class(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Roboflow's first category is the project's name, and has nothing to train on."""
    content = instances()
    content["categories"] = [
        {"id": 0, "name": "animals", "supercategory": "none"},
        *({**each, "supercategory": "animals"} for each in content["categories"]),
    ]
    write(tmp_path, pictures() | written(content))
    names = load_data(architecture((7, 9, 3), data=COCO, label="boxes")).class_names
    assert "animals" not in names
    assert names == SOURCES["coco"].model_validate(COCO).class_names()
    # With a box it is one.
    content["annotations"][0]["category_id"] = 0
    write(tmp_path, written(content))
    assert "animals" in (SOURCES["coco"].model_validate(COCO).class_names() or ())
