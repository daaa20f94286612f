"""Masks and boxes listed in a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cnnkeras.datasets.boxes.formats import to_corners
from cnnkeras.datasets.loading import load_data, read_ahead
from cnnkeras.datasets.source import Data, SourceProblem
from cnnkeras.datasets.sources import SOURCES
from tests.datasets.conftest import MakeArchitecture, Refusal

from .conftest import encoded, picture, write

TABLE = {"source": "table", "path": "data/list.csv"}
NUMBERS = (np.arange(32).reshape(4, 8) % 3).astype(np.uint8)


def pictures(count: int = 8) -> dict[str, bytes]:
    return {f"data/{number}.png": encoded(picture(number, size=(8, 4))) for number in range(count)}


def listed(text: str, name: str = "list.csv") -> dict[str, bytes]:
    masks = {f"data/m/{number}.png": encoded(Image.fromarray(NUMBERS)) for number in range(8)}
    return {f"data/{name}": text.encode(), **pictures(), **masks}


def examples(data: Data) -> dict[str, dict[str, Any]]:
    every = (example for part in data.parts.values() for example in part.examples().as_numpy_iterator())
    return {example["file"].decode().partition(" ")[0]: example for example in every}


def sizes(data: Data) -> dict[str, int]:
    return {name: part.size for name, part in data.parts.items()}


MASKS = "path,mask\n" + "".join(f"{number}.png,m/{number}.png\n" for number in range(8))


def test_masks(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A list of pictures and masks would not train."""
    write(tmp_path, listed(MASKS))
    section = TABLE | {"classes": ["a", "b", "c"], "split": {"validation": ["0", "1"], "test": ["0", "1"]}}
    file = architecture((4, 8, 3), data=section, label="mask")
    data = load_data(file)
    assert file.data is not None
    assert data.class_names == ("a", "b", "c") == file.data.class_names()
    assert sizes(data) == {"train": 6, "validation": 2, "test": 2}
    assert all(np.array_equal(each["label"], NUMBERS) for each in examples(data).values())
    read_ahead(data, file)


def test_masks_that_are_not_right(refusal: Refusal, tmp_path: Path) -> None:
    """A mask that is not there would be met in the middle of an epoch."""
    write(tmp_path, listed("path,mask\n0.png,m/0.png\n1.png,\n"))
    assert refusal(TABLE, label="mask").splitlines() == [
        "file.json:16:11: error[data]: data: 1 of 2 rows are not right",
        "     = row 3 names no mask",
        "     = help: mend the rows; parts are called train, validation and test",
    ]
    write(tmp_path, listed(MASKS.replace("m/1", "n/1")))
    assert "     = n/1.png (row 3) is no mask that can be decoded\n" in refusal(TABLE, label="mask")
    assert 'the table has no column "mask"' in refusal(TABLE | {"columns": ["path", "x"]}, label="mask")


# Cats and dogs take turns; 6 has two boxes, and 7 none.
ROWS = (
    "".join(f"{number}.png,{'dog' if number % 2 else 'cat'},1,1,5,3\n" for number in range(7))
    + "6.png,dog,0,0,8,4\n7.png,,,,,\n"
)
BOXES = "path,label,xmin,ymin,xmax,ymax\n" + ROWS


def test_boxes(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A row a box, as most tools export them, would be refused as a picture that is named twice."""
    write(tmp_path, listed(BOXES))
    file = architecture((4, 8, 3), data=TABLE, label="boxes")
    data = load_data(file)
    assert file.data is not None
    assert data.class_names == ("cat", "dog") == file.data.class_names()
    assert sum(sizes(data).values()) == 8
    found = examples(data)
    assert found["6.png"]["boxes"].tolist() == [[1, 1, 5, 3], [0, 0, 8, 4]]
    assert (found["6.png"]["classes"].tolist(), found["7.png"]["boxes"].shape) == ([0, 1], (0, 4))
    read_ahead(data, file)
    data = load_data(architecture((4, 8, 3), data=TABLE | {"classes": ["dog", "cat"]}, label="boxes"))
    assert examples(data)["6.png"]["classes"].tolist() == [1, 0]


FORMATS: dict[str, tuple[float, ...]] = {
    "xyxy": (1, 1, 5, 3), "yxyx": (1, 1, 3, 5), "xywh": (1, 1, 4, 2), "center_xywh": (3, 2, 4, 2),
    "center_yxhw": (2, 3, 2, 4), "rel_xyxy": (0.125, 0.25, 0.625, 0.75), "rel_yxyx": (0.25, 0.125, 0.75, 0.625),
    "rel_xywh": (0.125, 0.25, 0.5, 0.5), "rel_center_xywh": (0.375, 0.5, 0.5, 0.5),
    "rel_center_yxhw": (0.5, 0.375, 0.5, 0.5),
}  # fmt: skip


@pytest.mark.parametrize(("box_format", "numbers"), FORMATS.items())
def test_box_formats(box_format: str, numbers: tuple[float, ...]) -> None:
    """Boxes would be learned at another place than where they were drawn."""
    assert to_corners(np.array([numbers]), box_format, (8, 4)).tolist() == [[1, 1, 5, 3]]


def test_box_formats_are_keras_s() -> None:
    """A name of Keras's would mean something else here."""
    from keras.utils.bounding_boxes import convert_format

    for name in ("xyxy", "yxyx", "xywh", "center_xywh", "rel_xyxy", "rel_yxyx", "rel_xywh", "rel_center_xywh"):
        numbers = np.array([FORMATS[name]], np.float32)
        theirs = np.asarray(convert_format(numbers, name, "xyxy", height=4, width=8))
        np.testing.assert_allclose(to_corners(numbers, name, (8, 4)), theirs, atol=1e-6, err_msg=name)


def test_boxes_in_parquet(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Columns of other names and other numbers would have to be rewritten."""
    write(tmp_path, pictures())
    numbers = [number for number in range(8) for _ in range(2)]
    frame = pd.DataFrame({"file": [f"{number}.png" for number in numbers], "kind": [number % 2 for number in numbers]})
    frame[["x", "y", "w", "h"]] = FORMATS["rel_center_xywh"]
    frame["fold"] = ["train" if number < 4 else "val" if number < 6 else "test" for number in numbers]
    frame.to_parquet(tmp_path / "data" / "list.parquet")
    section = {"path": "data/list.parquet", "image": "file", "label": "kind", "box": ["x", "y", "w", "h"]}
    section |= {"box_format": "rel_center_xywh", "part": "fold"}
    data = load_data(architecture((4, 8, 3), data=TABLE | section, label="boxes"))
    assert (data.class_names, sizes(data)) == (("0", "1"), {"train": 4, "validation": 2, "test": 2})
    assert all(each["boxes"].tolist() == [[1, 1, 5, 3]] * 2 for each in examples(data).values())


def test_every_bad_row_is_named(refusal: Refusal, tmp_path: Path) -> None:
    """Somebody would have to search a long table for a row."""
    rows = "0.png,cat,1,1,5,x,train\n0.png,,1,1,5,3,train\n1.png,cat,1,1,,3,train\n2.png,cat,1,1,5,3,train\n2.png,cat,1,1,5,3,test\n"
    write(tmp_path, listed(f"path,label,xmin,ymin,xmax,ymax,split\n{rows}"))
    assert refusal(TABLE, label="boxes").splitlines() == [
        "file.json:16:11: error[data]: data: 4 of 5 rows are not right",
        "     = row 2 has no box: 'x' is no number",
        "     = row 3 has no label",
        "     = row 4 has no box: '' is no number",
        '     = row 6 has "2.png" for "test", and row 5 for "train"',
        "     = help: mend the rows; parts are called train, validation and test",
    ]


WRONG: list[tuple[str, str, dict[str, Any], str, str]] = [
    (BOXES, "boxes", {"box": ["x", "y", "w", "h"]}, 'the table has no column "x"', 'use one of "path"'),
    (BOXES, "boxes", {"classes": {"cat": 1}}, '"classes" gives numbers or colours, and only masks have them',
     'give an array of names, ["cat", "dog"]'),
    (BOXES, "boxes", {"classes": ["cat"]}, "4 of 8 pictures can't be used", "mend or remove them"),
    ("path,label,xmin,ymin,xmax,ymax\n0.png,,,,,\n", "boxes", {}, "no row of data/list.csv has a box", "give a row for each box"),
    ("path,label\n0.png,cat\n1.png,dog\n", "class", {"classes": ["cat"]}, "1 of 2 rows are not right", "mend the rows"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "label", "fields", "message", "hint"), WRONG)
def test_what_does_not_fit(
    refusal: Refusal, tmp_path: Path, text: str, label: Any, fields: dict[str, Any], message: str, hint: str
) -> None:
    """Somebody would read what Python says of a table, and not what to do."""
    write(tmp_path, listed(text))
    head, *rest = refusal(TABLE | fields, label=label).splitlines()
    assert head.partition(" error[data]: data: ")[2] == message
    assert rest[-1].startswith(f"     = help: {hint}")


CELLS = st.sampled_from(
    ["0.png", "cat", "1", "nan", "", "-3", "1e400", '"', "train", "é", "\0", "path", "label", "xmin", "mask"]
)
LINES = st.lists(st.lists(CELLS, max_size=7).map(",".join), max_size=5).map("\n".join)


@settings(max_examples=200)
@given(
    st.sampled_from(["classification", "detection"]), st.sampled_from(["", BOXES[:31]]), LINES | st.text(max_size=40)
)
def test_any_table(tmp_path_factory: pytest.TempPathFactory, task: str, header: str, text: str) -> None:
    """A damaged table would end in a traceback."""
    file = tmp_path_factory.getbasetemp() / "any.csv"
    file.write_text(header + text, encoding="utf-8", errors="surrogatepass")
    source = SOURCES["table"].model_validate({"source": "table", "path": str(file)}).for_task(task)
    source.class_names()
    try:
        source.load()
    except SourceProblem as problem:
        assert problem.message
