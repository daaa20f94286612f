"""Pictures with masks in folders."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cnnkeras.datasets.loading import load_data, read_ahead
from cnnkeras.datasets.source import Data
from cnnkeras.datasets.sources import SOURCES
from tests.datasets.conftest import MakeArchitecture, Refusal

from .conftest import encoded, picture, write

MASKS = {"source": "masks", "path": "data"}
TEST_DATA = os.environ.get("CNNKERAS_TEST_DATA")
# What a mask of 7 rows and 9 columns has: three classes, each in many places.
NUMBERS = (np.arange(63).reshape(7, 9) % 3).astype(np.uint8)
COLOURS = np.array([[10, 20, 30], [0, 0, 0], [255, 128, 0]], np.uint8)


def mask(pixels: np.ndarray = NUMBERS, **options: Any) -> bytes:
    return encoded(Image.fromarray(pixels), **options)


def palette(pixels: np.ndarray = NUMBERS, bits: int = 8) -> bytes:
    image = Image.fromarray(pixels)
    image.putpalette(COLOURS.tobytes() + bytes(3 * (256 - len(COLOURS))))
    stream = io.BytesIO()
    image.save(stream, "PNG", bits=bits)
    return stream.getvalue()


def pictures(count: int = 8, below: str = "data/images/", extension: str = "jpg") -> dict[str, bytes]:
    form = {"jpg": "JPEG", "png": "PNG"}[extension]
    return {f"{below}{number:02}.{extension}": encoded(picture(number), form) for number in range(count)}


def masks(content: bytes, count: int = 8, below: str = "data/masks/") -> dict[str, bytes]:
    return {f"{below}{number:02}.png": content for number in range(count)}


def labels(data: Data, part: str = "train") -> list[np.ndarray]:
    return [example["label"] for example in data.parts[part].examples().as_numpy_iterator()]


def sizes(data: Data) -> dict[str, int]:
    return {name: part.size for name, part in data.parts.items()}


INDEXED: dict[str, tuple[bytes, dict[str, Any]]] = {
    "grey numbers": (mask(), {}),
    "16 bits": (mask(NUMBERS.astype(np.uint16)), {}),
    "grey as colour": (mask(np.stack([NUMBERS] * 3, -1)), {}),
    "grey and transparent": (mask(np.stack([NUMBERS, NUMBERS], -1)), {}),
    "a BMP": (mask(form="BMP"), {}),
    "a palette of 8 bits": (palette(), {}),
    "a palette of 4 bits": (palette(bits=4), {}),
    "a palette of 2 bits": (palette(bits=2), {}),
    "other numbers": (mask(NUMBERS * 100), {"classes": {"a": 0, "b": 100, "c": 200}}),
    "16 bits of other numbers": (
        mask(NUMBERS.astype(np.uint16) * 1000),
        {"classes": {"a": 0, "b": 1000, "c": 2000}},
    ),
    "colours": (mask(COLOURS[NUMBERS]), {"classes": {f"{colour}": colour.tolist() for colour in COLOURS}}),
    "colours and transparent": (
        mask(np.concatenate([COLOURS[NUMBERS], np.full((7, 9, 1), 9, np.uint8)], -1)),
        {"classes": {f"{colour}": colour.tolist() for colour in COLOURS}},
    ),
    "a palette's colours": (palette(), {"classes": {f"{colour}": colour.tolist() for colour in COLOURS}}),
}


@pytest.mark.parametrize(("content", "fields"), INDEXED.values(), ids=INDEXED)
def test_every_kind_of_mask(
    architecture: MakeArchitecture, tmp_path: Path, content: bytes, fields: dict[str, Any]
) -> None:
    """A network would learn other classes than the ones that somebody has drawn."""
    write(tmp_path, pictures() | masks(content))
    data = load_data(architecture((7, 9, 3), data=MASKS | fields, label="mask"))
    assert len(data.class_names) == 3
    for part in data.parts:
        assert all(np.array_equal(label, NUMBERS) for label in labels(data, part))
        assert all(label.dtype == np.uint8 for label in labels(data, part))
    assert sizes(data) == {"train": 6, "validation": 1, "test": 1}


def test_masks_go_with_their_pictures(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A network would be trained on another picture's mask."""
    own = {f"data/masks/{number:02}.png": mask(np.full((7, 9), number, np.uint8)) for number in range(8)}
    write(tmp_path, pictures(extension="png") | own)
    section = MASKS | {"on_problem": {"class_not_trained": "report"}}
    data = load_data(architecture((7, 9, 3), data=section, label="mask"))
    for part in data.parts.values():
        for example in part.examples().as_numpy_iterator():
            number = int(example["label"][0, 0])
            assert example["file"].decode() == f"images/{number:02}.png"
            assert example["image"].tobytes() == picture(number).tobytes()


def test_zero_and_255(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Masks as most tools write them would have 256 classes, or one that counts nowhere."""
    content = mask((NUMBERS > 0).astype(np.uint8) * 255)
    write(tmp_path, pictures() | masks(content))
    data = load_data(architecture((7, 9, 3), data=MASKS | {"classes": ["cell", "wall"]}, label="mask"))
    assert data.remarks == ('data: the masks hold 0 and 255 alone: 0 is "cell", and 255 is "wall"',)
    assert data.class_names == ("cell", "wall")
    assert np.array_equal(labels(data)[0], NUMBERS > 0)
    data = load_data(architecture((7, 9, 3), data=MASKS | {"classes": {"wall": 255, "cell": 0}}, label="mask"))
    assert (data.notes, data.class_names) == ((), ("wall", "cell"))
    assert np.array_equal(labels(data)[0], NUMBERS == 0)
    data = load_data(architecture((7, 9, 3), data=MASKS | {"void": 255}, label="mask"))
    assert data.class_names == ("0",)
    assert np.array_equal(labels(data)[0], np.where(NUMBERS > 0, 255, 0))


VOIDS: dict[str, tuple[bytes, dict[str, Any]]] = {
    "255 by itself": (mask(np.where(NUMBERS == 2, 255, NUMBERS).astype(np.uint8)), {"classes": ["a", "b", "unused"]}),
    "a number": (mask(NUMBERS * 7), {"classes": {"a": 0, "b": 7}, "void": 14}),
    "numbers": (mask(NUMBERS), {"classes": {"a": 0, "b": 1}, "void": [2, 3, 4]}),
    "a colour": (mask(COLOURS[NUMBERS]), {"classes": {"a": [10, 20, 30], "b": [0, 0, 0]}, "void": [255, 128, 0]}),
    "colours": (
        mask(COLOURS[NUMBERS]),
        {"classes": {"a": [10, 20, 30], "b": [0, 0, 0]}, "void": [[1, 2, 3], [255, 128, 0]]},
    ),
}


@pytest.mark.parametrize(("content", "fields"), VOIDS.values(), ids=VOIDS)
def test_void(architecture: MakeArchitecture, tmp_path: Path, content: bytes, fields: dict[str, Any]) -> None:
    """Pixels that nobody has named would be learned as a class."""
    write(tmp_path, pictures() | masks(content))
    section = MASKS | fields | {"on_problem": {"class_not_trained": "report"}}
    data = load_data(architecture((7, 9, 3), data=section, label="mask"))
    assert np.array_equal(labels(data)[0], np.where(NUMBERS == 2, 255, NUMBERS))


LAYOUTS: dict[str, tuple[dict[str, bytes], dict[str, Any]]] = {
    "parts outside": (
        pictures(4, "data/train/images/") | masks(mask(), 4, "data/train/masks/")
        | pictures(2, "data/val/images/") | masks(mask(), 2, "data/val/masks/")
        | pictures(2, "data/test/images/") | masks(mask(), 2, "data/test/masks/"), {},
    ),
    "parts inside": (
        pictures(4, "data/x/training/a/") | masks(mask(), 4, "data/y/training/a/")
        | pictures(2, "data/x/validation/b/") | masks(mask(), 2, "data/y/validation/b/")
        | pictures(2, "data/x/testing/") | masks(mask(), 2, "data/y/testing/"), {"images": "x", "masks": "y"},
    ),
    "names that follow": (
        {f"data/x/{number:02}_leftImg8bit.png": encoded(picture(number)) for number in range(8)}
        | {f"data/y/{number:02}_gtFine_labelIds.png": mask() for number in range(8)}
        | {f"data/y/{number:02}_gtFine_color.png": encoded() for number in range(8)},
        {"images": "x", "masks": "y", "image_name": "*_leftImg8bit", "mask_name": "*_gtFine_labelIds",
         "split": {"validation": ["x/00_leftImg8bit.png", "01_leftImg8bit"], "test": ["06_leftImg8bit.png", "x/07_leftImg8bit"]}},
    ),
    "side by side": (
        pictures(8, "data/") | {f"data/{number:02}_mask.png": mask() for number in range(8)},
        {"images": "", "masks": "", "mask_name": "*_mask", "split": {"validation": "val.txt", "test": ["00", "01"]}},
    ),
    "the same for both": (
        pictures(6) | masks(mask(), 6), {"split": {"validation": ["00", "01"], "test": ["00", "01"]}},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "fields"), LAYOUTS.values(), ids=LAYOUTS)
def test_layouts(
    architecture: MakeArchitecture, tmp_path: Path, files: dict[str, bytes], fields: dict[str, Any]
) -> None:
    """Pictures that lie as the usual data sets do would have to be moved first."""
    write(tmp_path, files | {"data/val.txt": b"04\r\n05.jpg\n\n"})
    data = load_data(architecture((7, 9, 3), data=MASKS | fields, label="mask"))
    assert sizes(data) == {"train": 4, "validation": 2, "test": 2}
    assert np.array_equal(labels(data, "test")[0], NUMBERS)


def test_folders_elsewhere(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Masks on another disk than their pictures would end in a traceback."""
    write(tmp_path, pictures(below="other/") | masks(mask()))
    section = MASKS | {"images": str(tmp_path / "other")}
    data = load_data(architecture((7, 9, 3), data=section, label="mask"))
    assert next(data.parts["test"].examples().as_numpy_iterator())["file"].startswith(b"../other/")


def test_names_without_data() -> None:
    """`check` would not know how many classes there are, although the file names them."""
    section = SOURCES["masks"].model_validate(MASKS | {"classes": {"b": 1, "a": 0}})
    assert section.class_names() == ("b", "a")
    assert SOURCES["masks"].model_validate(MASKS).class_names() is None


DEFECTS = {
    "data/images/90.jpg": encoded(form="JPEG"),
    "data/masks/91.png": mask(),
    "data/images/92.jpg": encoded(form="JPEG"),
    "data/masks/92.png": mask(NUMBERS[:, :4]),
    "data/images/93.jpg": encoded(form="JPEG"),
    "data/masks/93.png": mask(np.where(NUMBERS == 2, 77, NUMBERS).astype(np.uint8)),
    "data/images/94.jpg": encoded(form="JPEG"),
    "data/masks/94.png": mask()[:50],
    "data/images/95.jpg": b"",
    "data/masks/95.png": mask(),
    "data/images/96.jpg": encoded(form="JPEG"),
    "data/images/96.png": encoded(),
    "data/masks/96.png": encoded(),
}
COLOURED = "has 63 pixels of no class: "
NAMED = [
    "images/90.jpg has no mask; it would be masks/90.png",
    "images/95.jpg is empty",
    "images/96.png has no mask of its own: images/96.jpg has the same name",
    "masks/91.png is a mask without a picture",
    "masks/92.png is 4×7, and its picture 9×7",
    "masks/93.png has 21 pixels of no class: 77",
    "masks/94.png is no mask that can be decoded",
]


def test_every_defect_is_named(refusal: Refusal, tmp_path: Path) -> None:
    """Somebody would mend one mask, start again, and meet the next."""
    write(tmp_path, pictures() | masks(mask()) | DEFECTS)
    lines = refusal(MASKS | {"classes": ["a", "b", "c"]}, label="mask").splitlines()
    assert lines[0] == "file.json:16:11: error[data]: data: 8 of 16 pictures can't be used"
    coloured = next(line for line in lines if COLOURED in line)
    assert coloured.startswith(f"     = masks/96.png {COLOURED}[")
    assert coloured.endswith(" and others")
    assert [line for line in lines[1:-1] if line != coloured] == [f"     = {name}" for name in NAMED]
    assert lines[-1].startswith("     = help: mend or remove them")


def test_defects_by_the_policies(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """What somebody has decided about bad masks would not be done."""
    write(tmp_path, pictures() | masks(mask()) | DEFECTS)
    section = MASKS | {"classes": ["a", "b", "c"]}
    file = architecture((7, 9, 3), data=section | {"on_problem": "skip"}, label="mask")
    data = load_data(file)
    assert sum(sizes(data).values()) == 8
    assert data.notes[0].startswith("data: 8 of 16 pictures left out: images/90.jpg has no mask")
    read_ahead(data, file)
    chosen = dict.fromkeys(("unreadable", "picture_without_label", "missing_picture"), "skip")
    chosen |= {"mask_size": "repair", "mask_value": "repair"}
    file = architecture((7, 9, 3), data=section | {"on_problem": chosen}, label="mask")
    data = load_data(file)
    assert sum(sizes(data).values()) == 11
    found = {
        example["file"].decode(): example["label"]
        for part in data.parts.values()
        for example in part.examples().as_numpy_iterator()
    }
    assert np.array_equal(found["images/93.jpg"], np.where(NUMBERS == 2, 255, NUMBERS))
    assert found["images/92.jpg"].shape == (7, 9)
    read_ahead(data, file)


WRONG: list[tuple[dict[str, bytes], dict[str, Any], str, str]] = [
    ({"data/x/a": b"", "data/y/b": b""}, {}, "there is no folder data/images for the images",
     'give "images"; in data there are x, y'),
    ({"data/train/images/a": b"", "data/train/masks/a": b"", "data/val/images/a": b""}, {},
     "there is no folder data/val/masks for the masks of validation", 'give "masks"; in data there are train, val'),
    ({"data/val/images/a": b"", "data/val/masks/a": b""}, {}, "the folder has validation, and none train",
     "let it hold the parts (train, validation, test), or leave them out"),
    ({"data/images/a.txt": b"", "data/masks/a": b""}, {}, "there is no picture with a mask in data",
     'give "images", "masks", and how files are called in them'),
    (pictures() | masks(mask(COLOURS[NUMBERS])), {},
     "the masks are coloured, and the file does not say what [10, 20, 30] means",
     'give "classes" with a colour each, {"name": [10, 20, 30], …}; there are [0, 0, 0], [10, 20, 30], [255, 128, 0]'),
    (pictures() | masks(mask(NUMBERS * 100)), {"classes": ["a", "b", "c"]}, "8 of 8 pictures can't be used", "mend or remove them"),
    (pictures() | masks(mask()), {"split": {"test": ["77"]}}, "1 of the 1 names for test can't be found",
     "name pictures by their path"),
    (pictures() | masks(mask()), {"split": {"test": "none.txt"}}, "none.txt can't be read: No such file or directory",
     "the path counts from data; or give the names themselves, as an array"),
    (pictures() | masks(mask()), {"classes": ["a", "b", "c", "d"]}, 'there is nothing to train class "d" on',
     "give each class some examples in train, or take the class away"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "fields", "message", "hint"), WRONG)
def test_what_does_not_fit(
    refusal: Refusal, tmp_path: Path, files: dict[str, bytes], fields: dict[str, Any], message: str, hint: str
) -> None:
    """Somebody would read what Python says of a folder, and not what to do."""
    write(tmp_path, files)
    head, *rest = refusal(MASKS | fields, label="mask").splitlines()
    assert head.partition(" error[data]: data: ")[2] == message
    assert rest[-1].startswith(f"     = help: {hint}")


SECTIONS: list[tuple[dict[str, Any], str]] = [
    ({"classes": []}, '"classes" must be an array of names, or an object of names with a number, or a colour [r, g, b], each, and it is []'),
    ({"classes": {"a": 0, "b": [1, 2, 3]}}, '"classes" must be an array of names, or an object of names with a number, or a colour [r, g, b], each, and it is {"a": 0, "b": [1, 2, 3]}'),
    ({"classes": {"a": 0, "b": 1}, "void": 1}, '"void": "b" is a class and void at once'),
    ({"classes": ["a", "a"]}, '"classes" must have each name and each value once, and it is ["a", "a"]'),
    ({"classes": {"a": 1, "b": 1}}, '"classes" must have each name and each value once, and it is {"a": 1, "b": 1}'),
    ({"classes": [str(number) for number in range(255)]}, '"classes" must have at most 254 classes, and it is ["0", "1", "2"'),
    ({"void": -1}, '"void" must be a number or a colour [r, g, b], or an array of them, and it is -1'),
    ({"mask_name": "mask"}, '"mask_name" must be a name with one *, for what is shared, and without /, and it is "mask"'),
]  # fmt: skip


@pytest.mark.parametrize(("fields", "message"), SECTIONS)
def test_sections_that_are_wrong(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: dict[str, Any], message: str
) -> None:
    """A mistake in the file would be met while masks are read."""
    import json

    from cnnkeras.spec.load import load_architecture
    from cnnkeras.spec.task import Registry

    monkeypatch.chdir(tmp_path)
    content = {"input": {"shape": [8, 8, 1]}, "layers": [{"type": "Flatten"}], "data": MASKS | fields}
    (tmp_path / "file.json").write_text(json.dumps(content))
    found = load_architecture("file.json", registry=Registry(sources=SOURCES)).diagnostics
    assert any(f"data: {message}" in finding.message for finding in found), [each.message for each in found]


@pytest.mark.skipif(not TEST_DATA, reason="CNNKERAS_TEST_DATA names no folder with pictures of membranes")
def test_membranes(architecture: MakeArchitecture) -> None:
    """The membrane set could not be trained on, 24 pictures to learn from and 6 to test."""
    names = [str(number) for number in range(21, 30)]
    section = {"source": "masks", "path": f"{TEST_DATA}/isbi-membrane", "images": "train/image", "masks": "train/label"}
    section |= {"classes": {"membrane": 0, "cell": 255}, "split": {"validation": names[:3], "test": names[3:]}}
    data = load_data(architecture((256, 256, 1), data=section, label="mask"))
    assert (sizes(data), data.notes) == ({"train": 21, "validation": 3, "test": 6}, ())
    assert all(set(np.unique(label)) == {0, 1} and label.shape == (512, 512) for label in labels(data, "test"))


def test_names_that_are_no_utf_8(tmp_path: Path) -> None:
    """A mask of an old system would end in a traceback."""
    from cnnkeras.datasets.masks.scan import scan

    name = os.fsencode(tmp_path) + b"/\xff.png"
    try:
        with open(name, "wb") as file:
            file.write(encoded(picture(mode="L")))
    except OSError:  # file systems that take UTF-8 alone
        pytest.skip("the file system does not take such names")
    assert [each is not None and (each.width, each.height) for each in scan([os.fsdecode(name)], False)] == [(9, 7)]


def test_masks_that_are_called_otherwise(refusal: Refusal, tmp_path: Path) -> None:
    """All pictures would be said to have no mask, and the cure be to leave all of them out."""
    write(
        tmp_path,
        {**pictures(), **{name.replace(".png", "_mask.png"): content for name, content in masks(mask()).items()}},
    )
    assert refusal(MASKS, label="mask").splitlines()[1:] == [
        """     = help: give "mask_name": "*_mask" (command line: 'data.mask_name=*_mask')"""
    ]
    (tmp_path / "data" / "masks" / "00_mask.png").rename(tmp_path / "data" / "masks" / "00.png")
    # One that is called right: the others are missing.
    assert "pictures can't be used" in refusal(MASKS, label="mask")


def test_masks_of_one_bit(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """What was saved as 0 and 1 is read as 0 and 255, and all that is marked would count nowhere."""
    stream = io.BytesIO()
    Image.fromarray(NUMBERS > 0).save(stream, "PNG")
    write(tmp_path, pictures() | masks(stream.getvalue()))
    data = load_data(architecture((7, 9, 3), data=MASKS | {"classes": {"wall": 1, "cell": 0}}, label="mask"))
    assert data.remarks == ('data: the masks hold 0 and 255 alone: 0 is "cell", and 255 is "wall"',)
    assert data.class_names == ("wall", "cell")
    assert np.array_equal(labels(data)[0], NUMBERS == 0)
