"""Pictures with YOLO's annotations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnkeras.datasets.boxes.yolo import label_file, read_labels, read_yaml
from cnnkeras.datasets.loading import load_data, read_ahead
from cnnkeras.datasets.source import Data
from cnnkeras.datasets.sources import SOURCES
from tests.datasets.conftest import MakeArchitecture, Refusal

from .conftest import encoded, picture, write

YOLO = {"source": "yolo", "path": "data/data.yaml"}
YAML = b"path: .\ntrain: images/train\nval: images/val\ntest: images/test\nnames:\n  1: dog\n  0: cat\n"
# Pictures of 8 by 4 pixels: eighths and quarters are exact.
LINE = b"0 0.5 0.5 0.25 0.5\n"


def pictures(
    part: str, numbers: range, label: bytes = LINE, images: str = "images/", labels: str = "labels/"
) -> dict[str, bytes]:
    files = {f"data/{images}{part}{number:02}.jpg": encoded(picture(number, size=(8, 4)), "JPEG") for number in numbers}
    texts = {
        f"data/{labels}{part}{number:02}.txt": label.replace(b"0 ", b"%d " % (number % 2), 1) for number in numbers
    }
    return files | texts


def usual(yaml: bytes = YAML) -> dict[str, bytes]:
    parts = pictures("train/", range(4)) | pictures("val/", range(4, 6)) | pictures("test/", range(6, 8))
    return parts | {"data/data.yaml": yaml}


def examples(data: Data, part: str) -> list[dict[str, Any]]:
    return list(data.parts[part].examples().as_numpy_iterator())


def sizes(data: Data) -> dict[str, int]:
    return {name: part.size for name, part in data.parts.items()}


def test_folders_of_parts(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Boxes would lie elsewhere than what they mark, or have another class."""
    write(tmp_path, usual())
    file = architecture((4, 8, 3), data=YOLO, label="boxes")
    data = load_data(file)
    assert data.class_names == ("cat", "dog") == SOURCES["yolo"].model_validate(YOLO).class_names()
    assert (sizes(data), data.notes) == ({"train": 4, "validation": 2, "test": 2}, ())
    first, second = examples(data, "test")
    assert first["file"] == b"images/test/06.jpg"
    assert np.array_equal(first["boxes"], np.array([[3, 1, 5, 3]], np.float32))
    assert [first["classes"].tolist(), second["classes"].tolist(), first["crowd"].tolist()] == [[0], [1], [0]]
    read_ahead(data, file)


FORMS: dict[str, tuple[bytes, dict[str, bytes]]] = {
    "an array of names": (YAML.replace(b"  1: dog\n  0: cat\n", b"- cat\n- dog\n"), {}),
    "a number of classes": (YAML.replace(b"names:\n  1: dog\n  0: cat\n", b"nc: 2\n"), {}),
    "moved from another machine": (YAML.replace(b"path: .", b"path: /content/data"), {}),
    "as Roboflow writes it": (b"train: ../train/images\nval: ../valid/images\ntest: ../test/images\nnames: [cat, dog]\n",
        pictures("", range(4), images="train/images/", labels="train/labels/")
        | pictures("", range(4, 6), images="valid/images/", labels="valid/labels/")
        | pictures("", range(6, 8), images="test/images/", labels="test/labels/")),
    "several folders": (YAML.replace(b"images/train", b"[images/train, images/more]"), pictures("more/", range(10, 12))),
    "lists": (YAML.replace(b"images/train", b"train.txt"), {"data/train.txt": b"./images/train/00.jpg\nimages/train/01.jpg\n\n"}),
    "labels beside the pictures": (YAML.replace(b"images/", b"flat/"),
        pictures("train/", range(4), images="flat/", labels="flat/") | pictures("val/", range(4, 6), images="flat/", labels="flat/")
        | pictures("test/", range(6, 8), images="flat/", labels="flat/")),
    "polygons": (YAML, pictures("test/", range(6, 8), b"0 0.375 0.5 0.5 0.25 0.625 0.5 0.5 0.75\n")),
}  # fmt: skip


@pytest.mark.parametrize(("yaml", "files"), FORMS.values(), ids=FORMS)
def test_forms(architecture: MakeArchitecture, tmp_path: Path, yaml: bytes, files: dict[str, bytes]) -> None:
    """What other tools have written would have to be changed first."""
    write(tmp_path, usual() | files | {"data/data.yaml": yaml})
    data = load_data(architecture((4, 8, 3), data=YOLO, label="boxes"))
    assert len(data.class_names) == 2
    assert sizes(data)["test"] == 2
    assert all(np.array_equal(each["boxes"], [[3, 1, 5, 3]]) for each in examples(data, "test"))


def test_held_out(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A YAML without a test part could not be trained on."""
    write(tmp_path, usual(b"train: images/train\nval: images/val\nnames: [cat, dog]\n"))
    data = load_data(architecture((4, 8, 3), data=YOLO | {"split": {"test": ["03"]}}, label="boxes"))
    assert sizes(data) == {"train": 3, "validation": 2, "test": 1}


def test_pictures_without_a_file(architecture: MakeArchitecture, refusal: Refusal, tmp_path: Path) -> None:
    """Backgrounds would be refused, or a forgotten file not be noticed."""
    write(tmp_path, usual() | {"data/labels/train/02.txt": b"\n"})
    (tmp_path / "data/labels/train/01.txt").unlink()
    data = load_data(architecture((4, 8, 3), data=YOLO, label="boxes"))
    assert data.remarks == ("data: 1 picture has no text file, and so no boxes: images/train/01.jpg",)
    assert [len(each["boxes"]) for each in examples(data, "train")] == [1, 0, 0, 1]
    text = refusal(YOLO | {"on_problem": {"picture_without_label": "error"}}, label="boxes")
    assert "     = images/train/01.jpg has no text file with its boxes\n" in text


def test_looked_at_without_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`cnnkeras data` would leave out the backgrounds that are trained on."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, usual())
    (tmp_path / "data/labels/train/01.txt").unlink()
    assert sizes(SOURCES["yolo"].model_validate(YOLO).tolerant().load())["train"] == 4
    strict = SOURCES["yolo"].model_validate(YOLO | {"on_problem": {"picture_without_label": "error"}})
    assert sizes(strict.tolerant().load())["train"] == 3


DEFECTS = {
    "train/20": b"0 0.5 0.5 0.25\n",
    "train/21": b"0 0.5 0.5 0.25 0.25\n\n0 320 0.5 0.25 0.25\n",
    "train/22": b"cat 0.5 0.5 0.25 0.25\n",
    "train/23": b"7 0.5 0.5 0.25 0.25\n",
    "train/24": b"0 0.5 0.5 0 0.25\n1 1.0 0.5 0.5 0.5\n",
    "train/25": b"0 0.5 nan 0.25 0.25\n",
    "train/26": b"\xff\xfe",
}
NAMED = [
    'images/train/23.jpg (labels/train/23.txt) has a box of the class "7", which there is not',
    "labels/train/20.txt can't be read: line 1: it has 4 numbers, and a box has 5: class, centre x and y, width, height",
    "labels/train/21.txt can't be read: line 3: 320 is no share of the picture's side; YOLO counts from 0 to 1, and not pixels",
    "labels/train/22.txt can't be read: line 1: 'cat' is no number of a class",
    "labels/train/25.txt can't be read: line 1: 'nan' is no number",
    "labels/train/26.txt can't be read: it is no text in UTF-8",
    "labels/train/99.txt is a text file without a picture",
]


def with_defects(tmp_path: Path) -> None:
    labels = {f"data/labels/{name}.txt": content for name, content in DEFECTS.items()} | {
        "data/labels/train/99.txt": LINE
    }
    images = {f"data/images/{name}.jpg": encoded(picture(int(name[-2:]), size=(8, 4)), "JPEG") for name in DEFECTS}
    write(tmp_path, usual() | labels | images | {"data/labels/train/classes.txt": b"cat\ndog\n"})


def test_every_defect_is_named(refusal: Refusal, tmp_path: Path) -> None:
    """Somebody would mend one file, start again, and meet the next."""
    with_defects(tmp_path)
    lines = refusal(YOLO, label="boxes").splitlines()
    assert lines[0] == "file.json:16:11: error[data]: data: 7 of 16 pictures can't be used"
    assert [line.removeprefix("     = ") for line in lines[1:-1]] == NAMED


def test_defects_that_are_left_out(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Boxes in pixels would be clipped to whole pictures, and learned."""
    with_defects(tmp_path)
    data = load_data(architecture((4, 8, 3), data=YOLO | {"on_problem": "skip"}, label="boxes"))
    assert sizes(data) == {"train": 5, "validation": 2, "test": 2}
    assert examples(data, "train")[-1]["boxes"].tolist() == [[6, 1, 8, 3]]
    assert data.notes[1:] == (
        "data: 1 box has no area (left out): images/train/24.jpg (labels/train/24.txt) box 1 (cat) is 0×1 pixels",
        "data: 1 box reaches outside its picture (clipped to the picture; left out where nothing stays): "
        "images/train/24.jpg (labels/train/24.txt) box 2 (dog) [6, 1, 10, 3] reaches outside 8×4",
    )


NEEDS = "it needs train, val and names, as YOLO's tools write them"
WRONG: list[tuple[bytes, str, str]] = [
    (b"train: [a\nnames: b", "", NEEDS),
    (b"- a", 'data/data.yaml can\'t be read: it has no keys, such as "train" and "names"', NEEDS),
    (b"val: a\nnames: [a]", 'data/data.yaml can\'t be read: it has no "train"', NEEDS),
    (b"train: a", 'data/data.yaml can\'t be read: it has no "names", an array or a number for each', NEEDS),
    (b"train: a\nnames: {0: a, 2: b}", 'data/data.yaml can\'t be read: "names" must number the classes from 0, with none left out', NEEDS),
    (b"train: a\nnames: [a, a]", 'data/data.yaml can\'t be read: "names" must give each class a name of its own', NEEDS),
    (b"train: 3\nnames: [a]", 'data/data.yaml can\'t be read: "train" names no folder of pictures', NEEDS),
    (b"train: images/none\nnames: [a]", "data/images/none can't be read: No such file or directory",
     'data/data.yaml names it for train; its paths count from its "path", or from where it lies itself'),
    (b"train: bare\nnames: [a]", "no picture of data/data.yaml has a text file with its boxes",
     "that of a picture in images lies in labels: data/bare/x.txt"),
]  # fmt: skip


@pytest.mark.parametrize(("yaml", "message", "hint"), WRONG)
def test_what_does_not_fit(refusal: Refusal, tmp_path: Path, yaml: bytes, message: str, hint: str) -> None:
    """Somebody would read what Python says of a file, and not what to do."""
    write(tmp_path, {"data/data.yaml": yaml, "data/bare/x.jpg": encoded()})
    head, *rest = refusal(YOLO, label="boxes").splitlines()
    said = head.partition(" error[data]: data: ")[2]
    assert said == message if message else said.startswith("data/data.yaml can't be read: line 2: ")
    assert rest == [f"     = help: {hint}"]


def test_no_file(refusal: Refusal, tmp_path: Path) -> None:
    """Somebody would not know where a relative path was looked for."""
    assert refusal(YOLO, label="boxes").splitlines() == [
        "file.json:16:11: error[data]: data: data/data.yaml can't be read: No such file or directory",
        f"     = help: the path counts from the directory in which the command is run, {tmp_path}, unless it begins with / or ~",
    ]


def test_where_labels_lie() -> None:
    """Pictures in a folder that is called images twice would lose their boxes."""
    assert label_file(Path("/a/images/b/images/c/1.2.jpg")) == Path("/a/images/b/labels/c/1.2.txt")
    assert label_file(Path("/a/b/1.jpg")) == Path("/a/b/1.txt")
    # As in a data.yaml in the current directory, whose "path" is "." or left out.
    assert label_file(Path("images/train/1.jpg")) == Path("labels/train/1.txt")


@settings(max_examples=200)
@given(st.binary(max_size=120) | st.text("01 .\n-e5nai", max_size=60).map(str.encode))
def test_any_labels(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    """A damaged file would end in a traceback."""
    file = tmp_path_factory.getbasetemp() / "labels.txt"
    file.write_bytes(content)
    try:
        assert all(np.isfinite(box.numbers).all() and box.label for box in read_labels(file, ("a", "b")))
    except ValueError as error:
        assert str(error).startswith(("line ", "it is no text in UTF-8"))


def test_names_that_grow_without_end(tmp_path: Path) -> None:
    """Lists that name each other would fill the memory before anybody hears of them."""
    grown = "".join(
        f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefghi", "bcdefghij", strict=True)
    )
    (tmp_path / "data.yaml").write_text(f"a: &a [x]\n{grown}train: images\nnames: [*j]\n")
    with pytest.raises(ValueError, match='"names" must give each class a name of its own'):
        read_yaml(tmp_path / "data.yaml")
    (tmp_path / "data.yaml").write_text(f"train: images\nnames: [0x{'f' * 5000}]\n")
    with pytest.raises(ValueError, match='"names" must give each class a name of its own'):
        read_yaml(tmp_path / "data.yaml")


def test_a_date_that_there_is_not(tmp_path: Path) -> None:
    """Somebody would read of a month, and not of the file."""
    (tmp_path / "data.yaml").write_text("train: images\nnames: [2020-13-45]\n")
    with pytest.raises(ValueError, match=r"^it is no YAML: month must be in 1\.\.12$"):
        read_yaml(tmp_path / "data.yaml")


def test_a_list_that_names_no_file(refusal: Refusal, tmp_path: Path) -> None:
    """A slash in a list of pictures would end in a traceback."""
    write(tmp_path, {"data/data.yaml": b"train: list.txt\nnames: [a]", "data/list.txt": b"/\n"})
    assert refusal(YOLO, label="boxes").splitlines() == [
        "file.json:16:11: error[data]: data: no picture that data/data.yaml names is there, as /",
        "     = help: names in a list count from its own folder, or from the YAML file's path",
    ]


WORDS = st.sampled_from(["path", "train", "val", "names", "nc", "test"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.integers(0, 3) | st.text(max_size=3), inner, max_size=3)
    ),
)


@settings(max_examples=200)
@given(st.dictionaries(WORDS, VALUES) | st.binary(max_size=60))
def test_any_yaml(tmp_path_factory: pytest.TempPathFactory, content: Any) -> None:
    """A strange YAML file would end in a traceback."""
    import yaml

    file = tmp_path_factory.getbasetemp() / "any.yaml"
    file.write_bytes(content if isinstance(content, bytes) else yaml.safe_dump(content).encode())
    try:
        found = read_yaml(file)
        assert found.names
        assert "train" in found.places
    except ValueError as error:
        assert str(error)


def test_points_of_a_pose_are_no_corners(architecture: MakeArchitecture, refusal: Refusal, tmp_path: Path) -> None:
    """Each box would be that around some points, or a visibility be refused as a share."""
    yaml = YAML + b"kpt_shape: [2, 3]\n"
    files = usual(yaml)
    for name in [name for name in files if name.endswith(".txt")]:
        files[name] = files[name].replace(b"\n", b" 0.1 0.45 2 0.9 0.52 0\n")
    write(tmp_path, files)
    data = load_data(architecture((4, 8, 3), data=YOLO, label="boxes"))
    assert all(np.array_equal(each["boxes"], [[3, 1, 5, 3]]) for each in examples(data, "train"))
    write(tmp_path, {"data/data.yaml": YAML + b"kpt_shape: 17\n"})
    assert '"kpt_shape" must be how many points an object has, and how many numbers each' in refusal(
        YOLO, label="boxes"
    )


def test_a_test_folder_that_is_not_there(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Roboflow names one in every file, and its user would have to edit it."""
    write(tmp_path, pictures("train/", range(8)) | pictures("val/", range(8, 10)) | {"data/data.yaml": YAML})
    data = load_data(architecture((4, 8, 3), data=YOLO, label="boxes"))
    assert sizes(data) == {"train": 6, "validation": 2, "test": 2}
    assert data.remarks == (
        "data: data/images/test, which data/data.yaml names for test, is not there: test is held out of train",
    )


def test_lists_as_cvat_writes_them(architecture: MakeArchitecture, refusal: Refusal, tmp_path: Path) -> None:
    """Pictures beside their list would be looked for in a folder that only CVAT has."""
    files = pictures("obj_train_data/", range(8), images="", labels="")
    names = "".join(f"data/obj_train_data/{number:02}.jpg\n" for number in range(8)).encode()
    yaml = b"train: train.txt\nval: train.txt\nnames: [cat, dog]\n".replace(b"val: train.txt\n", b"")
    write(tmp_path, files | {"data/train.txt": names, "data/data.yaml": yaml})
    data = load_data(architecture((4, 8, 3), data=YOLO, label="boxes"))
    assert sum(sizes(data).values()) == 8
    write(tmp_path, {"data/train.txt": b"elsewhere/01.jpg\nelsewhere/02.jpg\n"})
    text = refusal(YOLO, label="boxes")
    assert "no picture that data/data.yaml names is there, as data/elsewhere/01.jpg" in text


def test_what_systems_leave_is_no_text_file(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """An archive made on a Mac would be refused for files that nobody sees."""
    write(tmp_path, usual() | {"data/labels/train/._01.txt": b"\0", "data/labels/train/.hidden.txt": b""})
    assert sizes(load_data(architecture((4, 8, 3), data=YOLO, label="boxes")))["train"] == 4


def test_names_that_yaml_takes_for_something_else(refusal: Refusal, tmp_path: Path) -> None:
    """A class would be called True."""
    write(tmp_path, usual(YAML[: YAML.index(b"names")] + b"names: [no, yes]\n"))
    text = refusal(YOLO, label="boxes")
    said = "YAML reads a name without quotes, such as yes, no, on, off or 1.5, otherwise; put each name into quotes"
    assert f'"names" has False: {said}' in text
