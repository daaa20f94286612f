"""Pictures and labels as arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnnkeras.datasets.loading import load_data
from cnnkeras.datasets.sources import SOURCES
from tests.datasets.conftest import MakeArchitecture, Refusal, noise

ARRAYS = {"source": "arrays", "path": "all.npz"}
KINDS = np.arange(20) % 2


def save(folder: Path, **arrays: Any) -> None:
    np.savez(folder / "all.npz", **arrays)


def peek(**fields: Any) -> tuple[str, ...] | None:
    return SOURCES["arrays"].model_validate(ARRAYS | fields).class_names()


def test_arrays_for_all_parts(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Pictures would not train, or have another's label."""
    images = noise(20)[..., 0]
    save(tmp_path, images=images.astype(np.int64), labels=KINDS[:, None])
    data = load_data(architecture(data=ARRAYS))
    assert data.class_names == peek() == ("0", "1")
    assert {name: part.size for name, part in data.parts.items()} == {"train": 16, "validation": 2, "test": 2}
    seen = set()
    for part in data.parts.values():
        for example in part.examples().as_numpy_iterator():
            place = next(place for place in range(20) if np.array_equal(images[place], example["image"][..., 0]))
            assert (example["label"], example["image"].dtype) == (place % 2, np.uint8)
            seen.add(place)
    assert len(seen) == 20


def test_arrays_for_each_part(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """MNIST as Keras keeps it would be trained on its test pictures."""
    words = np.array(["cat", "dog"])[KINDS]
    save(tmp_path, x_train=noise(20), y_train=words, x_test=noise(6), y_test=words[:6])
    names = {
        field: {part: f"{letter}_{part}" for part in ("train", "test")}
        for field, letter in (("image", "x"), ("label", "y"))
    }
    data = load_data(architecture(data=ARRAYS | names))
    assert data.class_names == peek(**names) == ("cat", "dog")
    assert {name: part.size for name, part in data.parts.items()} == {"train": 18, "validation": 2, "test": 6}


def test_pictures_that_are_in_two_parts(architecture: MakeArchitecture, refusal: Refusal, tmp_path: Path) -> None:
    """A network would be tested on what it was trained on, and called excellent."""
    images = noise(20)
    save(tmp_path, x=images, y=KINDS, xt=images[[3, 5]], yt=KINDS[[3, 5]])
    names = {"image": {"train": "x", "test": "xt"}, "label": {"train": "y", "test": "yt"}}
    split = {"split": {"validation": 0.2}}
    data = load_data(architecture(data=ARRAYS | names | split))
    (note,) = [each for each in data.notes if "two parts" in each]
    assert note.startswith("data: 2 pictures are in two parts: x[3] is in ")
    assert "and in test as xt[0]" in note
    assert sum(part.size for part in data.parts.values()) == 22
    data = load_data(architecture(data=ARRAYS | names | split | {"on_problem": {"same_picture": "skip"}}))
    assert sum(part.size for part in data.parts.values()) == 20
    assert data.parts["test"].size == 2
    assert "2 of 22 pictures can't be used" in refusal(
        ARRAYS | names | split | {"on_problem": {"same_picture": "error"}}
    )


PICTURES = "help: save pictures as whole numbers from 0 to 255: numpy.uint8, (count, height, width, channels)"
LABELS = "help: save labels as whole numbers from 0, or as words (not as Python objects)"
TRAIN = "help: give each class some examples in train, or take the class away"
WRONG: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    ({"images": noise(4) / 255, "labels": KINDS[:4]}, {}, '"images" is float64, and what 1 stands for is not known', PICTURES),
    ({"images": np.full((4, 8, 8), 300), "labels": KINDS[:4]}, {}, '"images" holds numbers from 300 to 300', PICTURES),
    ({"images": np.zeros((4, 64), int), "labels": KINDS[:4]}, {}, '"images" is 4×64, which is no array of pictures', PICTURES),
    ({"images": np.zeros((4, 3, 8, 9), int), "labels": KINDS[:4]}, {},
     '"images" is 4×3×8×9, with the channels before height and width', PICTURES),
    ({"images": noise(4), "labels": np.eye(4, 3)}, {}, '"labels" is 4×3, and "images" has 4 pictures',
     "help: give each picture one label; numpy.argmax makes one of a row of 0 and 1"),
    ({"images": noise(4), "labels": KINDS[:4] / 2}, {}, "the labels are float64", LABELS),
    ({"images": noise(4), "labels": KINDS[:4] - 1}, {}, "the labels go from -1 to 0", LABELS),
    ({"images": noise(4), "labels": KINDS[:4] + 1}, {}, "the labels go from 1 to 2, and the first class is 0", LABELS),
    ({"images": noise(4), "labels": KINDS[:4] + 1}, {"classes": ["a", "b"]},
     "the labels go from 1 to 2, and the first class is 0", LABELS),
    ({"images": noise(4), "labels": KINDS[:4] + 1}, {"classes": ["a", "b", "c"]},
     'there is nothing to train class "a" on', TRAIN),
    ({"images": noise(4), "labels": np.array(["a"] * 4, object)}, {}, '"labels" holds Python objects, which are not read',
     "help: save it as numbers, or labels as words: array.astype(str)"),
    ({"image": noise(4), "labels": KINDS[:4]}, {}, 'the file has no array "images"', 'help: did you mean "image"?'),
    ({"images": noise(4), "labels": KINDS[:4]}, {"image": {"train": "images", "test": "images"}},
     '"image" has arrays for train and test, and "label" for train', "help: name an array for the same parts in both"),
]  # fmt: skip


@pytest.mark.parametrize(("arrays", "fields", "message", "hint"), WRONG)
def test_arrays_that_do_not_fit(
    refusal: Refusal, tmp_path: Path, arrays: dict[str, Any], fields: dict[str, Any], message: str, hint: str
) -> None:
    """A network would learn from numbers that mean something else, or from a file that runs code."""
    save(tmp_path, **arrays)
    head, *rest = refusal(ARRAYS | fields, (8, 8, 1)).splitlines()
    assert head.partition(" error[data]: data: ")[2] == message
    assert rest == [f"     = {hint}"]


def test_labels_that_need_not_begin_at_0(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Whoever says that a class may be missing could not use a part of the classes by their numbers."""
    save(tmp_path, images=noise(6), labels=KINDS[:6] + 1)
    data = load_data(architecture(data=ARRAYS | {"on_problem": {"class_not_trained": "report"}}))
    assert data.class_names == ("0", "1", "2")


def test_files_that_are_none(refusal: Refusal, tmp_path: Path) -> None:
    """A broken file would end in a traceback."""
    here = "the path counts from the directory in which the command is run"
    file = tmp_path / "all.npz"
    assert refusal(ARRAYS).splitlines() == [
        "file.json:16:11: error[data]: data: all.npz is not there",
        f"     = help: {here}, {tmp_path}, unless it begins with / or ~",
    ]
    file.write_bytes(b"nothing of the kind")
    assert refusal(ARRAYS).splitlines() == [
        "file.json:16:11: error[data]: data: all.npz can't be read: it is no .npz file, or broken",
        "     = help: write it with numpy.savez",
    ]
    with file.open("wb") as stream:
        np.save(stream, noise(3))
    assert refusal(ARRAYS).splitlines() == [
        "file.json:16:11: error[data]: data: all.npz is one array, and not several",
        "     = help: write it with numpy.savez",
    ]
    save(tmp_path, images=noise(40), labels=KINDS)
    whole = bytearray(file.read_bytes())
    whole[1000:1100] = bytes(100)
    file.write_bytes(whole)
    assert refusal(ARRAYS).splitlines() == [
        "file.json:16:11: error[data]: data: all.npz can't be read: it is broken",
        "     = help: write it again",
    ]


def test_what_is_no_array(refusal: Refusal, tmp_path: Path) -> None:
    """A file that says of itself what is not so would end in a traceback, before anything is read and after."""
    import struct
    import zipfile

    said = "{'descr': '|u1', 'fortran_order': False, 'shape': (10000000000000, 8, 8), }\n"
    head = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(said)) + said.encode()
    for content, message, hint in (
        (
            head,
            '"images" can\'t be read: there is no room for it',
            "it is larger than the memory, or the file is broken: write it again",
        ),
        (b"nonsense", '"images" is no array', "write the file with numpy.savez"),
    ):
        with zipfile.ZipFile(tmp_path / "odd.npz", "w") as file:
            file.writestr("images.npy", content)
            file.writestr("labels.npy", content)
        assert refusal({"source": "arrays", "path": "odd.npz"}).splitlines() == [
            f"file.json:14:10: error[data]: data: {message}",
            f"     = help: {hint}",
        ]


@pytest.mark.parametrize(
    ("label", "said"), [(-5, "the labels go down to -5"), (-1, "the labels are of no box in any picture")]
)
def test_labels_of_no_box(refusal: Refusal, tmp_path: Path, label: int, said: str) -> None:
    """Boxes would be left out in silence, all of them even."""
    boxes = np.tile(np.asarray([1, 1, 5, 5], np.float32), (12, 2, 1))
    np.savez(tmp_path / "boxes.npz", images=noise(12, channels=3), boxes=boxes, labels=np.full((12, 2), label))
    assert refusal({"source": "arrays", "path": "boxes.npz"}, label="boxes").splitlines() == [
        f"file.json:14:10: error[data]: data: {said}",
        "     = help: save labels as whole numbers from 0, or as words (not as Python objects)",
    ]
