"""A folder per class."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cnnkeras
from cnnkeras.cli import main
from cnnkeras.datasets.loading import load_data, read_ahead
from cnnkeras.datasets.pictures.parts import similar
from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.source import Data
from cnnkeras.datasets.sources import SOURCES
from cnnkeras.errors import RunError, UserError
from tests.datasets.conftest import MakeArchitecture, Refusal

from .conftest import broken, classes, encoded, picture, turned, write

FOLDER = {"source": "folder", "path": "pictures"}
MEND = (
    '     = help: mend or remove them, or leave them out with "on_problem": "skip" (command line: data.on_problem=skip)'
)


def sizes(data: Data) -> dict[str, int]:
    return {name: part.size for name, part in data.parts.items()}


def peek(path: Path) -> tuple[str, ...] | None:
    return SOURCES["folder"].model_validate({"source": "folder", "path": str(path)}).class_names()


def test_folder_per_class(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """The commonest way in which pictures lie would not train, or a picture would have another's label."""
    write(tmp_path / "pictures", classes(20, 10) | {"b/deeper/x.jpg": encoded(picture(3), "JPEG"), "a/.DS_Store": b"x"})
    data = load_data(architecture((7, 9, 3), data=FOLDER))
    assert (data.class_names, data.notes, sizes(data)) == (("a", "b"), (), {"train": 25, "validation": 3, "test": 3})
    pictures = {picture(1000 * index + number).tobytes() for index in (0, 1) for number in range(20)}
    examples = [example for part in data.parts.values() for example in part.examples().as_numpy_iterator()]
    assert sorted(int(example["label"]) for example in examples) == [0] * 20 + [1] * 11
    assert sum(example["image"].tobytes() in pictures for example in examples) == 30


@pytest.mark.parametrize(("validation", "test"), [("val", "test"), ("validation", "Test"), ("valid", "testing")])
def test_folders_of_parts(architecture: MakeArchitecture, tmp_path: Path, validation: str, test: str) -> None:
    """Pictures that somebody has split would be split again, and trained on those of the test."""
    root = tmp_path / "pictures"
    write(root, classes(4, 4, below="train/") | classes(2, 1, below=f"{validation}/") | classes(1, 2, below=f"{test}/"))
    assert sizes(load_data(architecture(data=FOLDER))) == {"train": 8, "validation": 3, "test": 3}
    shutil.rmtree(root / validation)
    data = load_data(architecture(data=FOLDER | {"split": {"validation": 0.25}}))
    assert sizes(data) == {"train": 6, "validation": 2, "test": 3}


def test_class_names_without_tensorflow(tmp_path: Path) -> None:
    """`check` would not know "num_classes", or would read every file for it."""
    write(tmp_path, classes(1, 2, below="train/") | classes(1, 1, 1, below="test/"))
    assert peek(tmp_path) == ("a", "b", "c")
    assert peek(tmp_path / "train") == ("a", "b")
    assert peek(tmp_path / "none") is None
    write(tmp_path, {"cats/x.png": b""})
    assert peek(tmp_path) is None


def test_a_folder_one_too_high(refusal: Refusal, tmp_path: Path) -> None:
    """The folder above the classes would be taken for data of one class."""
    write(tmp_path / "pictures" / "all", classes(2, 2, 2, 2))
    assert peek(tmp_path / "pictures") is None
    assert [line for line in refusal(FOLDER).splitlines() if "|" not in line] == [
        'file.json:16:11: error[data]: data: pictures has one folder, "all", and in it are a, b, c and 1 more',
        "     = help: name the folder in which the classes lie: pictures/all",
    ]


def test_one_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A network with one unit would be told off for its softmax and not for its data."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "pictures", classes(3))
    (tmp_path / "file.json").write_text(json.dumps(network()))
    assert main(["check", "file.json"]) == 2
    assert [line for line in capsys.readouterr().err.splitlines() if "|" not in line] == [
        "file.json:1:91: error[head]: layers[1] Dense: the data has one class, and nothing can be told apart",
        "     = help: look at it: python run.py data FILE",
    ]


def test_an_empty_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A variable that nobody has set would mean the current folder, and all that is in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file.json").write_text(json.dumps(network()))
    assert main(["check", "file.json", "data.path="]) == 2
    assert capsys.readouterr().err.splitlines() == [
        'command line:1:11: error[value]: data: "path" must be a string that is not empty, and it is ""',
        "   1 | data.path=",
        "     |           ^",
    ]


def test_check_knows_the_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`check` would tell no shapes for a file with a folder."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "pictures", classes(1, 1, 1))
    (tmp_path / "file.json").write_text(json.dumps(network()))
    assert main(["check", "file.json", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["layers"][-1]["output_shape"] == [3]


def network(**data: Any) -> dict[str, Any]:
    layers = [{"type": "Flatten"}, {"type": "Dense", "units": "num_classes", "activation": "softmax"}]
    return {
        "task": "classification",
        "input": {"shape": [8, 8, 3]},
        "layers": layers,
        "data": FOLDER | data,
        "training": {"epochs": 1, "batch_size": 8},
        "silence": ["heavy-dense"],
    }


def test_from_a_folder_to_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Somebody's own pictures would not go the whole way to an export."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "pictures", classes(12, 12) | {"a/bad.jpg": broken(), "b/turned.jpg": turned()})
    (tmp_path / "file.json").write_text(json.dumps(network()))
    assert main(["run", "file.json", "--runs", "runs"]) == 2
    assert not (tmp_path / "runs").exists()
    assert "a/bad.jpg can't be decoded: it is cut off or broken" in capsys.readouterr().err
    assert main(["run", "file.json", "data.on_problem=skip", "--runs", "runs"]) == 0
    out, err = capsys.readouterr()
    run = Path(out.splitlines()[-1])
    assert "\n".join(line for line in err.splitlines() if line.startswith("data: ")) == (
        "data: 21 to train, 2 to validate, 2 to test, 2 classes\n"
        "data: 1 of 26 pictures left out: a/bad.jpg can't be decoded: it is cut off or broken\n"
        "data: 1 picture is turned by EXIF (set upright, as the served model does): b/turned.jpg"
    )
    assert (run / "export" / "1" / "saved_model.pb").is_file()


BAD = {
    "a/cut.png": encoded()[:60],
    "a/empty.png": b"",
    "a/notes.txt": b"a word",
    "b/palette.bmp": encoded(picture(mode="P"), "BMP"),
    "b/web.jpg": encoded(form="WEBP"),
    "b/wide.tif": encoded(form="TIFF"),
}
REASONS = [
    "a/cut.png can't be decoded: it is cut off or broken",
    "a/empty.png is empty",
    "a/notes.txt is no picture",
    "b/palette.bmp is a BMP of 8 bits with a palette, which is not read",
    "b/web.jpg is WebP, which is not read",
    "b/wide.tif is TIFF, which is not read",
]


def test_every_bad_picture_is_named(refusal: Refusal, tmp_path: Path) -> None:
    """Somebody would mend one file, start again, and meet the next."""
    write(tmp_path / "pictures", classes(5, 5) | BAD)
    assert refusal(FOLDER).splitlines() == [
        "file.json:16:11: error[data]: data: 6 of 16 pictures can't be used",
        *(f"     = {reason}" for reason in REASONS),
        MEND,
    ]


def test_bad_pictures_are_left_out(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """One bad file among thousands would stop those who know of it, or be lost without a word."""
    write(tmp_path / "pictures", classes(5, 5) | BAD)
    data = load_data(architecture((8, 8, 3), data=FOLDER | {"on_problem": "skip"}))
    assert data.notes == (f"data: 6 of 16 pictures left out: {'; '.join(REASONS)}",)
    assert sum(sizes(data).values()) == 10


def test_more_bad_pictures_than_are_named(refusal: Refusal, tmp_path: Path) -> None:
    """Ten thousand lines would scroll the count away."""
    write(tmp_path / "pictures", classes(5) | {f"a/bad{number:02}.png": b"" for number in range(23)})
    lines = refusal(FOLDER).splitlines()
    assert lines[0].endswith("data: 23 of 28 pictures can't be used")
    assert lines[20:] == ["     = a/bad19.png is empty", "     = … and 3 more", MEND]


@pytest.mark.parametrize("shape", [(8, 8, 3), (None, None, 3)])
def test_bad_data_is_met_before_training(architecture: MakeArchitecture, tmp_path: Path, shape: Any) -> None:
    """A test picture that is cut off would be met after a night of training."""
    parts = classes(2, 2, below="train/") | classes(2, 2, below="val/") | classes(2, 2, below="test/")
    write(tmp_path / "pictures", parts | {"test/b/x.jpg": broken(), "val/a/y.jpg": broken()})
    file = architecture(shape, data=FOLDER, training={"batch_size": 1})
    data = load_data(file)
    with pytest.raises(UserError) as error:
        read_ahead(data, file)
    reasons = [
        "     = test/b/x.jpg can't be decoded: it is cut off or broken",
        "     = val/a/y.jpg can't be decoded: it is cut off or broken",
        MEND,
    ]
    assert str(error.value).splitlines()[3:] == reasons
    if shape[0]:
        with pytest.raises(RunError) as failure:
            batches(data.parts["test"], file, 2, training=False)
        assert str(failure.value).splitlines() == ["data: 2 of 14 pictures can't be used", *reasons]


def test_kinds_that_are_read_and_named(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Frames, bits, colours and the right way up would be lost in silence."""
    sixteen = np.arange(63, dtype=np.uint16).reshape(7, 9) * 1000
    from PIL import Image

    frames = {"save_all": True, "append_images": [picture(2, "P")]}
    odd = {
        "a/16.png": encoded(Image.fromarray(sixteen)),
        "a/cmyk.jpg": encoded(picture(1, "CMYK"), "JPEG"),
        "a/lie.jpg": encoded(picture(77)),
        "a/moves.gif": encoded(picture(1, "P"), "GIF", **frames),
        "a/moves.png": encoded(picture(1), "PNG", save_all=True, append_images=[picture(2)]),
        "a/turned.jpg": turned(),
        "a/grey.bmp": encoded(picture(1, "L"), "BMP"),
        "a/still.gif": encoded(picture(1, "P"), "GIF"),
        "a/no_extension": encoded(picture(1, "LA")),
        "a/palette.png": encoded(picture(1, "P")),
    }
    write(tmp_path / "pictures", classes(5, 5) | odd)
    file = architecture(data=FOLDER)
    data = load_data(file)
    assert data.notes == (
        "data: 1 picture is of another format than its name says (read as what it is): a/lie.jpg",
        "data: 2 pictures are animated (only the first picture is read): a/moves.gif; a/moves.png",
        "data: 1 picture has a palette (turned into its colours): a/palette.png",
        "data: 1 picture is CMYK (turned into RGB without a colour profile): a/cmyk.jpg",
        "data: 1 picture has 16 bits a number (scaled to 8 bits: the lower 8 are dropped): a/16.png",
        "data: 1 picture is transparent in parts (transparency left out where the network takes grey or colour): "
        "a/no_extension",
        "data: 1 picture is turned by EXIF (set upright, as the served model does): a/turned.jpg",
    )
    read_ahead(data, file)


def test_folder_that_is_not_there(refusal: Refusal, tmp_path: Path) -> None:
    """Somebody would not know where a relative path was looked for."""
    assert refusal(FOLDER).splitlines() == [
        "file.json:16:11: error[data]: data: pictures is not there",
        f"     = help: the path counts from the directory in which the command is run, {tmp_path}, unless it begins with / or ~",
    ]
    (tmp_path / "pictures").write_text("")
    assert "data: pictures is a file\n     = help: name a folder, such as .\n" in f"{refusal(FOLDER)}\n"
    assert "data: ~nobody-of-this-name/x is not there" in refusal(FOLDER | {"path": "~nobody-of-this-name/x"})


LAYOUTS: list[tuple[dict[str, bytes], str, str]] = [
    ({"x.txt": b""}, "there is no folder in pictures", "put the pictures of each class into a folder of the class's name"),
    (classes(1, below="val/") | classes(1, below="test/"), "the folder has test, val, and none train",
     "let the folder hold the parts (train, validation, test), or the classes, not both"),
    (classes(1, below="train/") | {"cats/x.png": b""}, "the folder has train, beside cats",
     "let the folder hold the parts (train, validation, test), or the classes, not both"),
    (classes(1, below="val/") | classes(1, below="valid/"), "val and valid are both validation", "keep one of them"),
    (classes(3) | {"b/.keep": b""}, 'there is nothing to train class "b" on',
     "give each class some examples in train, or take the class away"),
    (classes(3, below="train/") | classes(1, 1, 1, below="test/"), 'there is nothing to train the classes "b", "c" on',
     "give each class some examples in train, or take the class away"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "message", "hint"), LAYOUTS)
def test_layouts_that_are_unclear(
    refusal: Refusal, tmp_path: Path, files: dict[str, bytes], message: str, hint: str
) -> None:
    """A part would be learned as a class, or a class by nothing."""
    write(tmp_path / "pictures", files)
    assert refusal(FOLDER).splitlines() == [
        f"file.json:16:11: error[data]: data: {message}",
        f"     = help: {hint}",
    ]


def test_pictures_in_no_class(refusal: Refusal, architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A picture that somebody forgot to sort would be forgotten."""
    write(tmp_path / "pictures", classes(3) | {"x.png": b"", "y.JPG": b""})
    assert refusal(FOLDER).splitlines() == [
        "file.json:16:11: error[data]: data: 2 of 5 pictures can't be used",
        "     = x.png lies in no class's folder",
        "     = y.JPG lies in no class's folder",
        MEND,
    ]
    assert sum(sizes(load_data(architecture(data=FOLDER | {"on_problem": "skip"}))).values()) == 3


def test_share_for_a_part_that_is_there(refusal: Refusal, tmp_path: Path) -> None:
    """A share in the file would be ignored without a word."""
    write(tmp_path / "pictures", classes(3, below="train/") | classes(3, below="test/"))
    assert refusal(FOLDER | {"split": {"test": 0.2}}).splitlines() == [
        'file.json:18:12: error[data]: data: "split" wants a share for test, and the data has a test part of its own',
        "     = help: leave it out",
    ]


def test_folder_that_may_not_be_read(refusal: Refusal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else's folder would end in a traceback."""

    def refuse(folder: Path) -> list[Path]:
        raise PermissionError(13, "Permission denied", str(folder))

    write(tmp_path / "pictures", classes(3))
    monkeypatch.setattr("cnnkeras.datasets.sources.folder.files_below", refuse)
    assert refusal(FOLDER).splitlines() == [
        "file.json:16:11: error[data]: data: pictures/a can't be opened: Permission denied",
        "     = help: see to it that its files may be read",
    ]


def test_check_reads_no_pictures_and_no_tensorflow(tmp_path: Path) -> None:
    """`check` would take seconds for a folder."""
    write(tmp_path / "pictures", classes(2, 2))
    (tmp_path / "file.json").write_text(json.dumps(network()))
    program = (
        "import sys; from cnnkeras.cli import main; status = main(['check', 'file.json']);"
        "print(status, [name for name in ('tensorflow', 'pandas', 'numpy', 'PIL') if name in sys.modules])"
    )
    root = Path(cnnkeras.__file__).parents[1]
    environment = os.environ | {"PYTHONPATH": str(root)}
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path, env=environment
    )
    assert result.stdout.splitlines()[-1] == "0 []"


def test_class_of_one_picture(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A class that no test measures would look as good as the others."""
    write(tmp_path / "pictures", classes(8, 1))
    data = load_data(architecture((8, 8, 3), data=FOLDER))
    assert data.notes == (
        'data: 2 classes are missing from a part: "b" is missing from test; "b" is missing from validation',
    )
    assert sizes(data) == {"train": 7, "validation": 1, "test": 1}


def test_link_to_itself(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A link to the folder above would be followed for ever."""
    write(tmp_path / "pictures", classes(4))
    (tmp_path / "pictures" / "a" / "again").symlink_to(tmp_path / "pictures" / "a")
    assert sum(sizes(load_data(architecture(data=FOLDER))).values()) == 4


@pytest.mark.fast
def test_which_classes_are_called_alike() -> None:
    """Classes that are numbers would be taken for each other."""
    names = ["1-10", "110", "Cat", "cats", "cat", "red fox", "Red-Fox"]
    assert similar(names) == [("cat", "Cat"), ("Red-Fox", "red fox")]


def test_two_classes_called_alike(refusal: Refusal, architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A class that somebody has written in two ways would be learned as two, and each be taken for the other."""
    write(tmp_path / "pictures", {f"{name}/{number}.png": encoded(picture(number + place * 9))
                                  for place, name in enumerate(("Red_fox", "hare", "red fox")) for number in range(5)})  # fmt: skip
    notes = load_data(architecture(data=FOLDER)).notes
    assert 'data: 1 class is called like another: "red fox" is called like "Red_fox"' in notes
    assert refusal(FOLDER | {"on_problem": {"similar_class": "error"}}).splitlines() == [
        'file.json:16:11: error[data]: data: two classes are called alike: "Red_fox" and "red fox"',
        "     = help: rename one, or name the classes and leave it out",
    ]


def test_names_in_two_spellings_are_one_class(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A class would be two, or have nothing to train on: a Mac writes "ü" as two characters, and others as one."""
    parts = {"train": "gr\u00fcn", "val": "gru\u0308n", "test": "gr\u00fcn"}
    files = [
        f"pictures/{part}/{name}/{number}.png"
        for part, green in parts.items()
        for name in (green, "rot")
        for number in range(3 if name == "rot" else 2)
    ]
    write(tmp_path, {name: encoded(picture(number)) for number, name in enumerate(files)})
    data = load_data(architecture((7, 9, 3), data=FOLDER))
    assert data.class_names == ("gr\u00fcn", "rot")
    assert sizes(data) == {"train": 5, "validation": 5, "test": 5}


def test_a_test_without_classes_is_held_out(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A competition's pictures without labels would stop every run, whatever was done about them."""
    files = [f"pictures/train/{name}/{number}.png" for name in "ab" for number in range(10)]
    files += [f"pictures/test/{number}.png" for number in range(4)]
    write(tmp_path, {name: encoded(picture(number)) for number, name in enumerate(files)})
    data = load_data(architecture((7, 9, 3), data=FOLDER))
    assert sizes(data) == {"train": 16, "validation": 2, "test": 2}
    assert data.remarks == (
        "data: pictures/test has no folders of classes: its 4 pictures are left out, and test held out of train",
    )
    # In a folder of their own, and none at all.
    write(tmp_path, {f"pictures/test/images/{number}.png": encoded(picture(number)) for number in range(3)})
    for number in range(4):
        (tmp_path / f"pictures/test/{number}.png").unlink()
    (remark,) = load_data(architecture((7, 9, 3), data=FOLDER)).remarks
    assert remark.endswith("its 3 pictures are left out, and test held out of train")
    shutil.rmtree(tmp_path / "pictures" / "test" / "images")
    (remark,) = load_data(architecture((7, 9, 3), data=FOLDER)).remarks
    assert remark == "data: pictures/test has no folders of classes: test is held out of train"
