"""`data`: what a user sees of the data before anything is trained."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cnnkeras.cli import main
from tests.datasets.pictures.seeded import SEEDED, seeded
from tests.datasets.sources.conftest import classes, encoded, picture, write

TEST_DATA = os.environ.get("CNNKERAS_TEST_DATA")
Captured = pytest.CaptureFixture[str]


def network(task: str, data: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": "mine",
        "task": task,
        "input": {"shape": [12, 16, 3], "resize": "letterbox"},
        "layers": [{"type": "Flatten"}],
        "data": data,
        **more,
    }


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def look(*arguments: str, **content: Any) -> int:
    Path("file.json").write_text(json.dumps(network(**content), indent=1))
    return main(["data", "file.json", *arguments])


TABLES = """\
parts
part        pictures  height  width  sizes  channels
train             24       7      9      1         3
validation         3       7      9      1         3
test               3       7      9      1         3

files: 30 PNG

classes (pictures)
class  train  share  validation  share  test  share
a         16  66.7%           2  66.7%     2  66.7%
b          8  33.3%           1  33.3%     1  33.3%

balance: the most frequent class of train has 2 times the pictures of the rarest

nothing is wrong with them
sheets
"""


def test_tables_and_sheets(capsys: Captured) -> None:
    """Somebody would train on data that they have never seen."""
    write(Path("pictures"), classes(20, 10))
    assert look("--out", "sheets", task="classification", data={"source": "folder", "path": "pictures"}) == 0
    out, err = capsys.readouterr()
    assert "\n".join(line.rstrip() for line in out.splitlines()) + "\n" == TABLES
    assert err == ""
    names = sorted(file.name for file in Path("sheets").iterdir())
    assert names == ["test.png", "train.png", "train_as_input.png", "validation.png"]
    for name in names:
        with Image.open(Path("sheets") / name) as sheet:
            assert sheet.size[0] >= 800


@pytest.mark.parametrize(("task", "kind"), [("segmentation", "mask"), ("detection", "boxes")])
def test_every_kind_of_label(task: str, kind: str, capsys: Captured) -> None:
    """Masks and boxes would have to be looked at by other means."""
    data = {"source": "scenes", "count": {"train": 30, "validation": 4, "test": 4}}
    assert look("--json", task=task, data=data) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["ok"], said["labels"], said["parts"]["train"]["pictures"], said["sheets"]) == (
        True,
        kind,
        30,
        "runs/mine/data",
    )
    assert (Path(said["sheets"]) / "train_as_input.png").is_file()
    assert look("--out", "sheets", task=task, data=data) == 0
    assert f"classes ({'boxes' if kind == 'boxes' else 'share of the pixels'}" in capsys.readouterr().out


def test_every_problem_is_named(capsys: Captured) -> None:
    """A problem would be found in the middle of the night."""
    write(Path("pictures"), seeded(*SEEDED))
    data = {"source": "folder", "path": "pictures"}
    assert look(task="classification", data=data) == 2
    out, err = capsys.readouterr()
    assert err == (
        "3 problems stop a run; no sheet was drawn\n"
        '     = help: mend or remove them, or leave them out with "on_problem": "skip" '
        "(command line: data.on_problem=skip)\n"
    )
    assert not Path("runs").exists()
    problems = out[out.index("problems:") :].splitlines()
    assert problems == PROBLEMS
    assert look("--json", task="classification", data=data) == 2
    said = json.loads(capsys.readouterr().out)
    assert (said["ok"], said["sheets"], len(said["problems"])) == (False, None, 11)
    assert said["problems"][0] == {
        "code": "unreadable", "policy": "error", "name": "train/a/notes.txt", "message": "is no picture",
    }  # fmt: skip


def test_what_may_surprise_is_told(capsys: Captured) -> None:
    """Pictures whose text file was forgotten would pass for backgrounds, and a single class be called balanced."""
    pictures = [f"images/{part}/{number}" for part in ("train", "val") for number in range(4)]
    files = {f"{name}.png": encoded(picture(number)) for number, name in enumerate(pictures)}
    files |= {f"{name.replace('images', 'labels')}.txt": b"0 0.5 0.5 0.5 0.5\n" for name in pictures[1:]}
    write(Path(), files | {"data.yaml": b"train: images/train\nval: images/val\nnames: [ball]\n"})
    assert look(task="detection", data={"source": "yolo", "path": "data.yaml"}) == 0
    out, _ = capsys.readouterr()
    assert "1 picture has no text file, and so no boxes: images/train/0.png\nnothing is wrong with them\n" in out
    assert "balance" not in out


PROBLEMS = [
    "problems: 11",
    "",
    'unreadable: 1 ("error": stops the run)',
    "  train/a/notes.txt is no picture",
    "",
    'truncated: 1 ("error": stops the run)',
    "  train/a/cut.jpg can't be decoded: it is cut off or broken",
    "",
    'picture_without_label: 1 ("error": stops the run)',
    "  train/loose.png lies in no class's folder",
    "",
    'extension: 1 ("repair": read as what it is)',
    "  train/a/lie.jpg is of another format than its name says",
    "",
    'animated: 1 ("repair": only the first picture is read)',
    "  train/a/moves.gif is animated",
    "",
    'palette: 1 ("repair": turned into its colours)',
    "  train/a/palette.png has a palette",
    "",
    'cmyk: 1 ("repair": turned into RGB without a colour profile)',
    "  train/a/cmyk.jpg is CMYK",
    "",
    'sixteen_bits: 1 ("repair": scaled to 8 bits: the lower 8 are dropped)',
    "  train/a/16.png has 16 bits a number",
    "",
    'transparent: 1 ("repair": transparency left out where the network takes grey or colour)',
    "  train/a/glass.png is transparent in parts",
    "",
    'exif_turned: 1 ("repair": set upright, as the served model does)',
    "  train/a/turned.jpg is turned by EXIF",
    "",
    'same_picture: 1 ("report": goes on)',
    "  train/a/twin.png is in train, and in test as test/b/twin.png",
    "",
]


def test_problems_that_stop_nothing(capsys: Captured) -> None:
    """Somebody who has decided what to do would never come to see the pictures."""
    write(Path("pictures"), seeded(*SEEDED))
    data = {"source": "folder", "path": "pictures", "on_problem": "skip"}
    assert look(task="classification", data=data) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "runs/mine/data"


def test_a_network_that_is_wrong(capsys: Captured) -> None:
    """Nobody could look at the data before the network is right."""
    layers = [{"type": "Dense", "units": "many"}]
    assert look(task="classification", data={"source": "digits"}, layers=layers) == 0
    assert look(task="classification", data={"source": "digit"}) == 2
    assert 'did you mean "digits"?' in capsys.readouterr().err


def test_data_that_does_not_fit(capsys: Captured) -> None:
    """What a run would refuse would look right."""
    write(Path("pictures"), classes(4, 4))
    data = {"source": "folder", "path": "pictures"}
    assert look("input.shape=[12,16,2]", task="classification", data=data) == 2
    out, err = capsys.readouterr()
    assert "nothing is wrong with them" in out
    assert "input: the pictures have an unknown number of channels, and the shape has 2" in err
    assert not Path("runs").exists()


def test_a_folder_that_may_not_be_written(capsys: Captured) -> None:
    """A mistake in --out would end in a traceback."""
    Path("sheets").write_text("")
    assert look("--out", "sheets", task="classification", data={"source": "digits"}) == 1
    assert capsys.readouterr().err.splitlines() == [
        "sheets can't be written: File exists",
        "     = help: name another folder with --out",
    ]


def test_two_files(capsys: Captured) -> None:
    """The second file would be passed over."""
    Path("file.json").write_text("{}")
    assert main(["data", "file.json", "other.json"]) == 2
    assert capsys.readouterr().err.splitlines()[0] == (
        "command line: error[file]: data takes one file, and other.json is neither it nor a change"
    )


def test_after_augmentation(capsys: Captured) -> None:
    """What a network is trained on would be seen in the served answers at the earliest."""
    layers = [{"type": "RandomFlip"}, {"type": "RandomContrast", "factor": 0.2}, {"type": "Flatten"}]
    assert look("--out", "own", task="classification", data={"source": "digits"}, layers=layers) == 0
    data = {"source": "digits", "augmentation": [{"type": "MixUp"}]}
    assert look("--out", "file", task="classification", data=data) == 0
    assert look("--out", "none", task="classification", data={"source": "digits"}) == 0
    drawn = [(Path(folder) / "train_augmented.png").is_file() for folder in ("own", "file", "none")]
    assert drawn == [True, True, False]


@pytest.mark.skipif(not TEST_DATA, reason="CNNKERAS_TEST_DATA names no folder with pictures of blood cells")
def test_blood_cells(capsys: Captured) -> None:
    """Its two boxes without an area, which no viewer shows, would be trained on."""
    data = {
        "source": "voc",
        "path": f"{TEST_DATA}/bccd",
        "split": {"train": "train", "validation": "val", "test": "val"},
    }
    assert look("--json", task="detection", data=data) == 0
    said = json.loads(capsys.readouterr().out)
    assert [(each["code"], each["policy"], each["message"]) for each in said["problems"]] == [
        ("zero_area_box", "repair", "box 13 (RBC) is 0×0 pixels"),
        ("zero_area_box", "repair", "box 4 (RBC) is 0×0 pixels"),
    ]
    assert [name.split()[0] for name in (each["name"] for each in said["problems"])] == [
        "JPEGImages/BloodImage_00338.jpg",
        "JPEGImages/BloodImage_00343.jpg",
    ]
    assert {name: part["boxes"] for name, part in said["parts"].items()} == {
        "train": 2804,
        "validation": 1137,
        "test": 1137,
    }


@pytest.mark.skipif(not TEST_DATA, reason="CNNKERAS_TEST_DATA names no folder with sections of membranes")
def test_membranes(capsys: Captured) -> None:
    """Masks of 0 and 255 would have to be counted by other means."""
    data = {
        "source": "masks", "path": f"{TEST_DATA}/isbi-membrane", "images": "train/image", "masks": "train/label",
        "classes": {"membrane": 0, "cell": 255},
    }  # fmt: skip
    assert look("--json", task="segmentation", data=data) == 0
    said = json.loads(capsys.readouterr().out)
    assert sum(part["pictures"] for part in said["parts"].values()) == 30
    assert (said["problems"], said["parts"]["train"]["height"]) == ([], {"min": 512, "median": 512, "max": 512})
    assert 3 < said["balance"] < 4


def test_a_folder_that_is_not_there(capsys: Captured) -> None:
    """A mistake in a path would end in a traceback."""
    assert look(task="classification", data={"source": "folder", "path": "pictures"}) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "data: pictures is not there" in err


def test_nothing_that_can_be_used(capsys: Captured) -> None:
    """Where everything is left out, looking at what is left would end in a traceback."""
    for number in range(4):
        name = f"{number:02}"
        box = "<bndbox><xmin>1</xmin><ymin>1</ymin><xmax>5</xmax><ymax>5</ymax></bndbox>"
        xml = f"<annotation><object><name>cat</name>{box}</object></annotation>".encode()
        write(Path("voc"), {f"JPEGImages/{name}.png": b"", f"Annotations/{name}.xml": xml})
    assert look(task="detection", data={"source": "voc", "path": "voc"}) == 2
    out, err = capsys.readouterr()
    assert "unreadable: 4" in out
    assert "data: there are no examples for train" in err
    assert not Path("runs").exists()
