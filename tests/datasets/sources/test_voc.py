"""Pictures with Pascal VOC's annotations."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cnnkeras.datasets.boxes.voc import read_annotation, read_list
from cnnkeras.datasets.boxes.voc_files import VocFiles
from cnnkeras.datasets.loading import load_data, read_ahead
from cnnkeras.datasets.source import Data
from cnnkeras.datasets.sources import SOURCES
from tests.datasets.conftest import MakeArchitecture, Refusal

from .conftest import encoded, picture, turned, write

VOC = {"source": "voc", "path": "data"}
TEST_DATA = os.environ.get("CNNKERAS_TEST_DATA")
Box = tuple[str, float, float, float, float]


def annotation(*boxes: Box, size: tuple[int, int] = (9, 7), more: str = "") -> bytes:
    objects = "".join(
        f"<object><name>{name}</name>{more}<bndbox><xmin>{left}</xmin><ymin>{top}</ymin><xmax>{right}</xmax>"
        f"<ymax>{bottom}</ymax></bndbox></object>\n"
        for name, left, top, right, bottom in boxes
    )
    return f"<annotation>\n<size><width>{size[0]}</width><height>{size[1]}</height></size>\n{objects}</annotation>".encode()


def pictures(count: int = 10) -> dict[str, bytes]:
    """Give sound pictures, of which every other shows a cat beside its dog."""
    files = {f"data/JPEGImages/{number:02}.jpg": encoded(picture(number), "JPEG") for number in range(count)}
    cat, dog = ("cat", 1, 1, 9, 7), ("dog", 2, 3, 4, 5)
    boxes = [(dog, cat) if number % 2 else (dog,) for number in range(count)]
    return files | {f"data/Annotations/{number:02}.xml": annotation(*some) for number, some in enumerate(boxes)}


def lists(**names: str) -> dict[str, bytes]:
    return {f"data/ImageSets/Main/{name}.txt": text.encode() for name, text in names.items()}


OWN = lists(
    train="00\n01\n02\n03\n", val="04\n05\r\n\n", test="06\n07", trainval="00\n04\n", cat_val="04 -1\n05  1\n07  0\n"
)


def sizes(data: Data) -> dict[str, int]:
    return {name: part.size for name, part in data.parts.items()}


def examples(data: Data, part: str) -> list[dict[str, Any]]:
    return list(data.parts[part].examples().as_numpy_iterator())


def test_its_own_lists(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A detector would be trained on the test's pictures, or on boxes a pixel beside what they mark."""
    write(tmp_path, pictures() | OWN)
    file = architecture((7, 9, 3), data=VOC, label="boxes")
    data = load_data(file)
    assert data.class_names == ("cat", "dog") == SOURCES["voc"].model_validate(VOC).class_names()
    assert sizes(data) == {"train": 4, "validation": 2, "test": 2}
    first, second = examples(data, "test")
    assert first["file"] == b"JPEGImages/06.jpg"
    assert np.array_equal(first["boxes"], [[1, 2, 4, 5]])
    assert np.array_equal(second["boxes"], [[1, 2, 4, 5], [0, 0, 9, 7]])
    assert second["classes"].tolist() == [1, 0]
    assert (second["boxes"].dtype, second["classes"].dtype, second["crowd"].tolist()) == (np.float32, np.int64, [0, 0])
    read_ahead(data, file)


SPLITS: list[tuple[dict[str, Any], dict[str, int]]] = [
    ({"split": {"train": "train", "validation": "val", "test": "val"}}, {"train": 4, "validation": 2, "test": 2}),
    ({"split": {"validation": "cat_val", "test": ["00", "JPEGImages/01.jpg"]}}, {"train": 2, "validation": 2, "test": 2}),
    ({"split": {"test": 0.25}}, {"train": 3, "validation": 2, "test": 1}),
    ({"lists": "none"}, {"train": 6, "validation": 2, "test": 2}),
    ({"lists": "none", "split": {"validation": ["04"], "test": 0.4}}, {"train": 5, "validation": 1, "test": 4}),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "expected"), SPLITS)
def test_splits(
    architecture: MakeArchitecture, tmp_path: Path, fields: dict[str, Any], expected: dict[str, int]
) -> None:
    """The file's own split would be ignored."""
    write(tmp_path, pictures() | OWN)
    assert sizes(load_data(architecture((7, 9, 3), data=VOC | fields, label="boxes"))) == expected


def test_fields(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """What a file says of its annotations would not be done."""
    hard = annotation(("dog", 1, 1, 3, 3), more="<difficult>1</difficult>")
    own = pictures() | {f"data/Annotations/{number:02}.xml": hard for number in range(5)}
    write(tmp_path, own | lists(train="00\n01\n05", val="06\n07\n", test="02\n03\n08"))
    fields = {"classes": ["dog", "bird", "cat"], "on_problem": {"class_not_trained": "report"}, "first_pixel": 0}
    data = load_data(architecture((7, 9, 3), data=VOC | fields | {"difficult": False}, label="boxes"))
    assert data.class_names == ("dog", "bird", "cat")
    assert [len(each["boxes"]) for each in examples(data, "test")] == [0, 0, 1]
    data = load_data(architecture((7, 9, 3), data=VOC | fields, label="boxes"))
    assert [each["boxes"].tolist() for each in examples(data, "test")] == [
        [[1, 1, 3, 3]],
        [[1, 1, 3, 3]],
        [[2, 3, 4, 5]],
    ]


def test_folders_elsewhere(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Pictures on another disk than their annotations would end in a traceback."""
    write(tmp_path, {name.replace("data/JPEGImages", "other"): content for name, content in pictures().items()})
    data = load_data(architecture((7, 9, 3), data=VOC | {"images": str(tmp_path / "other")}, label="boxes"))
    assert all(each["file"].startswith(b"../other/") for each in examples(data, "train"))


DEFECTS = {
    "data/Annotations/20.xml": annotation(("dog", 5, 5, 5, 5)),
    "data/Annotations/21.xml": annotation(("dog", 1, 1, 12, 5), ("cat", 20, 20, 30, 30)),
    "data/Annotations/22.xml": annotation(("dog", 1, 1, 3, 3), size=(18, 14)),
    "data/Annotations/23.xml": annotation(("dog", 1, 1, 3, 3))[:-5],
    "data/Annotations/24.xml": annotation(("dog", 1, 1, 3, "3 or 4")),  # type: ignore[arg-type]  # that is the defect
    "data/Annotations/25.xml": annotation(("dog", 1, 1, 3, 3)).replace(b"bndbox", b"box"),
    "data/Annotations/26.xml": annotation(("dog", 1, 1, 3, 3)),
    "data/Annotations/28.xml": annotation(("bird", 1, 1, 3, 3)),
    "data/Annotations/29.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa">]>\n<annotation>&a;</annotation>',
}
NAMED = [
    "Annotations/23.xml can't be read: line 4: unclosed token",
    "Annotations/24.xml can't be read: line 3: <ymax> '3 or 4' is no number",
    "Annotations/25.xml can't be read: line 3: <object> has no <bndbox>",
    "Annotations/26.xml is an annotation without a picture in JPEGImages",
    "Annotations/29.xml can't be read: line 1: it declares an entity, which no annotation needs",
    "JPEGImages/22.jpg (Annotations/22.xml) is 9×7, and annotated at 18×14",
    "JPEGImages/27.jpg has no annotation",
    'JPEGImages/28.jpg (Annotations/28.xml) has a box of the class "bird", which there is not',
]


def with_defects() -> dict[str, bytes]:
    numbers = (20, 21, 22, 23, 24, 25, 27, 28, 29)
    return (
        pictures() | DEFECTS | {f"data/JPEGImages/{number}.jpg": encoded(picture(number), "JPEG") for number in numbers}
    )


def test_every_defect_is_named(refusal: Refusal, tmp_path: Path) -> None:
    """Somebody would mend one annotation, start again, and meet the next."""
    write(tmp_path, with_defects())
    lines = refusal(VOC | {"classes": ["cat", "dog"]}, label="boxes").splitlines()
    assert lines[0] == "file.json:16:11: error[data]: data: 8 of 20 pictures can't be used"
    assert [line.removeprefix("     = ") for line in lines[1:-1]] == NAMED
    assert lines[-1].startswith("     = help: mend or remove them")


def test_defects_by_the_policies(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A box without area would be lost without a word, or one outside would be learned."""
    write(tmp_path, with_defects())
    stop = ("unreadable_annotation", "picture_without_label", "missing_picture")
    chosen = dict.fromkeys(stop, "skip") | {"annotation_size": "repair", "unknown_class": "repair"}
    section = VOC | {"classes": ["cat", "dog"], "on_problem": chosen}
    data = load_data(architecture((7, 9, 3), data=section, label="boxes"))
    assert sum(sizes(data).values()) == 14
    found = {
        each["file"].decode()[-6:-4]: each["boxes"].tolist() for part in data.parts for each in examples(data, part)
    }
    assert (found["20"], found["28"]) == ([], [])
    assert found["21"] == [[0, 0, 9, 5]]
    assert found["22"] == [[0, 0, 1.5, 1.5]]
    assert data.notes[1:] == (
        "data: 1 picture is annotated at another size than it has (boxes scaled to the picture's size): "
        "JPEGImages/22.jpg (Annotations/22.xml) is 9×7, and annotated at 18×14",
        "data: 1 box has a class that there is not (left out): JPEGImages/28.jpg (Annotations/28.xml) has a box of the "
        'class "bird", which there is not',
        "data: 1 box has no area (left out): JPEGImages/20.jpg (Annotations/20.xml) box 1 (dog) is 0×0 pixels",
        "data: 2 boxes reach outside their pictures (clipped to the picture; left out where nothing stays): "
        "JPEGImages/21.jpg (Annotations/21.xml) box 1 (dog) [0, 0, 12, 5] reaches outside 9×7; "
        "JPEGImages/21.jpg (Annotations/21.xml) box 2 (cat) [19, 19, 30, 30] reaches outside 9×7",
    )
    data = load_data(architecture((7, 9, 3), data=section | {"on_problem": "skip"}, label="boxes"))
    assert sum(sizes(data).values()) == 12


def test_turned_pictures(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Boxes on a photograph of a telephone would be clipped at the sides of the picture as it lies in the file."""
    files = {f"data/JPEGImages/{number:02}.jpg": turned() for number in range(10)}
    boxes = {f"data/Annotations/{number:02}.xml": annotation(("dog", 1, 1, 7, 9), size=(7, 9)) for number in range(10)}
    write(tmp_path, files | boxes)
    section = VOC | {"on_problem": {"same_picture": "report"}}
    data = load_data(architecture((9, 7, 3), data=section, label="boxes"))
    (each,) = examples(data, "test")
    assert (each["image"].shape, each["boxes"].tolist()) == ((9, 7, 3), [[0, 0, 7, 9]])


WRONG: list[tuple[dict[str, bytes], dict[str, Any], str, str]] = [
    ({"data/x": b""}, {}, "there is no folder data/Annotations", 'give "annotations", the folder of the annotations in data'),
    ({"data/Annotations/x.xml": b""}, {}, "there is no folder data/JPEGImages", 'give "images", the folder of the images in data'),
    (pictures() | lists(val="01\n"), {}, "data/ImageSets/Main has lists for validation, and none for train", 'use one of "val"'),
    (pictures(), {"classes": ["a", "b"]}, 'no box is of the classes "a", "b"; the boxes are of "dog" (10), "cat" (5)',
     'name these in "classes", or leave "classes" out'),
    (pictures() | OWN, {"split": {"test": "tset"}}, 'there is no list "tset" in data/ImageSets/Main', 'did you mean "test"?'),
    (pictures() | OWN, {"split": {"train": "trainval"}},
     'train, "trainval", and validation, "val", share 1 of the pictures: 04', "choose lists that have none in common"),
    (pictures() | lists(train="\xff", val="", test=""), {}, "1 of 1 pictures can't be used", "mend or remove them"),
    ({f"data/{name}": content for name, content in {"JPEGImages/0.jpg": encoded(), "Annotations/0.xml": annotation()}.items()},
     {}, "no annotation in data has a box", "give it some, as Pascal VOC writes them"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "fields", "message", "hint"), WRONG)
def test_what_does_not_fit(
    refusal: Refusal, tmp_path: Path, files: dict[str, bytes], fields: dict[str, Any], message: str, hint: str
) -> None:
    """Somebody would read what Python says of a folder, and not what to do."""
    write(tmp_path, files)
    head, *rest = refusal(VOC | fields, label="boxes").splitlines()
    assert head.partition(" error[data]: data: ")[2] == message
    assert rest[-1].startswith(f"     = help: {hint}")


@settings(max_examples=300)
@given(st.data())
@example(None)
def test_any_damage(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject | None) -> None:
    """A damaged annotation would end in a traceback."""
    content = bytearray(annotation(("dog", 1, 2, 3, 4), ("cat", 2, 2, 8, 6)))
    for _ in range(data.draw(st.integers(1, 4)) if data else 0):
        place = data.draw(st.integers(0, len(content) - 1))  # type: ignore[union-attr]  # none is drawn without it
        content[place : place + data.draw(st.integers(0, 9))] = data.draw(st.binary(max_size=4))  # type: ignore[union-attr]
    file = tmp_path_factory.getbasetemp() / "damaged.xml"
    file.write_bytes(bytes(content))
    try:
        found = read_annotation(file, 1)
        assert all(np.isfinite(box.numbers).all() and box.label for box in found.boxes)
        assert len(found.boxes) == len(found.difficult)
    except ValueError as error:
        assert str(error).startswith("line ")


@given(st.binary(max_size=200))
def test_any_list(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """A list that is none would end in a traceback."""
    file = tmp_path_factory.getbasetemp() / "list.txt"
    file.write_bytes(content)
    with contextlib.suppress(UnicodeDecodeError):
        assert all(name == name.strip() != "" for name in read_list(file))


@pytest.mark.skipif(not TEST_DATA, reason="CNNKERAS_TEST_DATA names no folder with pictures of blood cells")
def test_blood_cells(architecture: MakeArchitecture) -> None:
    """BCCD could not be trained on, or its two boxes without area would be lost in silence."""
    split = {"train": "train", "validation": "val", "test": "val"}
    section = {"source": "voc", "path": f"{TEST_DATA}/bccd", "split": split}
    data = load_data(architecture((320, 320, 3), data=section, label="boxes"))
    assert data.class_names == ("Platelets", "RBC", "WBC")
    assert sizes(data) == {"train": 205, "validation": 87, "test": 87}
    assert data.notes == (
        "data: 2 boxes have no area (left out): JPEGImages/BloodImage_00338.jpg (Annotations/BloodImage_00338.xml) box "
        "13 (RBC) is 0×0 pixels; JPEGImages/BloodImage_00343.jpg (Annotations/BloodImage_00343.xml) box 4 (RBC) is 0×0 "
        "pixels",
    )


def test_pictures_of_the_same_name(refusal: Refusal, tmp_path: Path) -> None:
    """One of two pictures would be left out in silence."""
    write(tmp_path, pictures() | {"data/JPEGImages/more/03.png": encoded(picture(3))})
    assert refusal(VOC, label="boxes").splitlines() == [
        "file.json:16:11: error[data]: data: 1 of 11 pictures can't be used",
        "     = JPEGImages/more/03.png has no annotation of its own: JPEGImages/03.jpg has the same name",
        '     = help: mend or remove them, or leave them out with "on_problem": "skip" (command line: data.on_problem=skip)',
    ]


def test_names_that_are_no_utf_8(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A picture of an old system would end in a traceback."""
    write(tmp_path, pictures())
    for name, ending in (("JPEGImages", b"jpg"), ("Annotations", b"xml")):
        folder = os.fsencode(tmp_path / "data" / name)
        try:
            os.rename(folder + b"/00." + ending, folder + b"/\xff." + ending)
        except OSError:  # file systems that take UTF-8 alone
            pytest.skip("the file system does not take such names")
    data = load_data(architecture((7, 9, 3), data=VOC, label="boxes"))
    assert b"JPEGImages/\xff.jpg" in {each["file"] for part in data.parts for each in examples(data, part)}


def test_a_name_that_is_too_long(refusal: Refusal, tmp_path: Path) -> None:
    """A name that no file system takes would end in a traceback."""
    write(tmp_path, pictures())
    assert refusal(VOC | {"images": "a" * 300}, label="boxes").splitlines() == [
        f"file.json:16:11: error[data]: data: data/{'a' * 195}… can't be opened: File name too long",
        "     = help: see to it that its files may be read, and that the file names them rightly",
    ]


def test_names_that_end_in_a_number(tmp_path: Path) -> None:
    """A picture called "cell 1" would be looked for as "cell", and one called "cell -1" be left out."""
    (tmp_path / "list.txt").write_text("cell\ncell 0\ncell -1\n\n")
    assert read_list(tmp_path / "list.txt") == ["cell", "cell 0", "cell -1"]


@pytest.mark.parametrize(
    "line", ["{number:02}", '"{number:02}"', "{number:02}.jpg", "day/{number:02}", '"day/{number:02}"'], ids=str
)
def test_folders_below_and_lists_of_other_tools(architecture: MakeArchitecture, tmp_path: Path, line: str) -> None:
    """Annotations that lie as deep as their pictures, as CVAT exports them, would be said to be missing."""
    deeper = {name.replace("JPEGImages/", "JPEGImages/day/"): content for name, content in pictures().items()}
    if "day" in line:
        deeper = {name.replace("Annotations/", "Annotations/day/"): content for name, content in deeper.items()}
    names = {part: "\n".join(line.format(number=number) for number in some) for part, some in (
        ("train", range(6)), ("val", range(6, 8)), ("test", range(8, 10)))}  # fmt: skip
    write(tmp_path, deeper | lists(**names))
    data = load_data(architecture((7, 9, 3), data=VOC, label="boxes"))
    assert sizes(data) == {"train": 6, "validation": 2, "test": 2}
    assert [each["file"] for each in examples(data, "test")] == [b"JPEGImages/day/08.jpg", b"JPEGImages/day/09.jpg"]
    assert np.array_equal(examples(data, "test")[0]["boxes"], [[1, 2, 4, 5]])


def test_a_picture_keeps_the_annotation_of_its_own_path(tmp_path: Path) -> None:
    """A picture would be trained with the boxes of another, whose own picture is missing."""
    annotations = [f"Annotations/{name}.xml" for name in ("a/3", "b/3", "5", "x/7", "y/5")]
    write(tmp_path, dict.fromkeys([f"JPEGImages/{name}.jpg" for name in ("b/3", "c/5", "7")] + annotations, b""))
    found = VocFiles.below(tmp_path / "JPEGImages", tmp_path / "Annotations")
    shown = {name: file.relative_to(tmp_path / "Annotations").as_posix() for name, file in found.annotations.items()}
    assert shown == {"b/3": "b/3.xml", "c/5": "5.xml", "7": "x/7.xml", "a/3": "a/3.xml", "y/5": "y/5.xml"}
    assert not found.twins


def test_folders_of_parts(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """The parts of Roboflow's export would be mixed, or its user have to move every file."""
    parts = {number: "train" if number < 6 else "valid" if number < 8 else "test" for number in range(10)}
    files = {f"data/{parts[int(Path(name).stem)]}/{Path(name).name}": content for name, content in pictures().items()}
    write(tmp_path, files | {"data/README.roboflow.txt": b"hello"})
    file = architecture((7, 9, 3), data=VOC, label="boxes")
    data = load_data(file)
    assert data.class_names == ("cat", "dog") == SOURCES["voc"].model_validate(VOC).class_names()
    assert sizes(data) == {"train": 6, "validation": 2, "test": 2}
    assert [each["file"] for each in examples(data, "validation")] == [b"valid/06.jpg", b"valid/07.jpg"]


def test_lists_beside_folders_of_parts(refusal: Refusal, tmp_path: Path) -> None:
    """The file would be believed to choose the parts, and nobody look at its lists."""
    for part in ("train", "valid"):
        write(tmp_path, {f"data/{part}/{Path(name).name}": content for name, content in pictures().items()})
    said = refusal(VOC | {"split": {"test": "nolist"}}, label="boxes")
    assert "the parts are folders here (train, valid), not lists" in said
    assert said.endswith('= help: leave it out, or name "images" and "annotations"')


def test_annotations_that_count_from_nothing(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Every box would lie a pixel beside what it marks, and nobody say so."""
    write(tmp_path, pictures() | {"data/Annotations/03.xml": annotation(("dog", 0, 2, 4, 5))})
    data = load_data(architecture((7, 9, 3), data=VOC, label="boxes"))
    assert data.remarks == (
        'data: 1 box begins at pixel 0, and VOC counts from 1: say "first_pixel": 0 where all count from 0',
    )
    assert load_data(architecture((7, 9, 3), data=VOC | {"first_pixel": 0}, label="boxes")).remarks == ()
