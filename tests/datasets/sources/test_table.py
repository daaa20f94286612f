"""Pictures listed in a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cnnkeras.datasets.loading import load_data
from cnnkeras.datasets.sources import SOURCES
from tests.datasets.conftest import MakeArchitecture, Refusal

from .conftest import encoded, picture, write

TABLE = {"source": "table", "path": "data/list.csv"}


def pictures(count: int) -> dict[str, bytes]:
    return {f"data/{number}.png": encoded(picture(number)) for number in range(count)}


def table(text: str, count: int = 8, name: str = "list.csv") -> dict[str, bytes]:
    return {f"data/{name}": text.encode(), **pictures(count)}


def peek(**fields: Any) -> tuple[str, ...] | None:
    return SOURCES["table"].model_validate(TABLE | fields).class_names()


HALVES = "".join(f"{number}.png,{'dog' if number % 2 else 'cat'}\n" for number in range(8))


def test_table_with_a_header(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A list of pictures would not train, or `check` would not know its classes."""
    write(tmp_path, table("\ufeffpath,label,other\r\n" + HALVES.replace("\n", ",x\r\n")))
    data = load_data(architecture((7, 9, 3), data=TABLE))
    assert data.class_names == peek() == ("cat", "dog")
    assert {name: part.size for name, part in data.parts.items()} == {"train": 4, "validation": 2, "test": 2}
    for part in data.parts.values():
        for example in part.examples().as_numpy_iterator():
            number = next(number for number in range(8) if picture(number).tobytes() == example["image"].tobytes())
            assert example["label"] == number % 2


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_a_table_of_a_spreadsheet(architecture: MakeArchitecture, tmp_path: Path, delimiter: str) -> None:
    """Where the comma is for decimals, spreadsheets write semicolons, and the table would be one wide column."""
    rows = "path,label,note\n" + "".join(f"{number}.png,{'ab'[number % 2]},x\n" for number in range(8))
    write(tmp_path, table(rows.replace(",", delimiter).replace("x\n", '"1,5"\n')))
    data = load_data(architecture((7, 9, 3), data=TABLE))
    assert data.class_names == peek() == ("a", "b")
    assert sum(part.size for part in data.parts.values()) == 8


def test_table_without_a_header(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """Its first picture would be taken for the names of the columns."""
    rows = "".join(f"{number}.png\t{10 if number % 2 else 9}\tx\n" for number in range(8))
    write(tmp_path, table(rows, name="list.tsv"))
    section = {"path": "data/list.tsv", "columns": ["file", "kind", "other"], "image": "file", "label": "kind"}
    data = load_data(architecture(data=TABLE | section))
    assert data.class_names == ("9", "10")
    assert sum(part.size for part in data.parts.values()) == 8


@pytest.mark.parametrize(("column", "fields"), [("split", {}), ("fold", {"part": "fold"})])
def test_table_with_parts(architecture: MakeArchitecture, tmp_path: Path, column: str, fields: dict[str, str]) -> None:
    """Pictures that the table tests on would be trained on."""
    words = ["train"] * 4 + ["Val", "valid", "test", "TEST"]
    rows = "".join(f"{line},{word}\n" for line, word in zip(HALVES.splitlines(), words, strict=True))
    write(tmp_path, table(f"path,label,{column}\n{rows}"))
    data = load_data(architecture(data=TABLE | fields))
    assert {name: part.size for name, part in data.parts.items()} == {"train": 4, "validation": 2, "test": 2}


def test_parquet(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A table as pandas writes it would have to be turned into CSV."""
    write(tmp_path, pictures(8))
    frame = pd.DataFrame(
        {"path": [f"{number}.png" for number in range(8)], "label": [number % 2 for number in range(8)]}
    )
    frame.to_parquet(tmp_path / "data" / "list.parquet")
    data = load_data(architecture(data=TABLE | {"path": "data/list.parquet"}))
    assert data.class_names == ("0", "1")
    assert peek(path="data/list.parquet") is None


def test_words_that_pandas_takes_for_nothing(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A class that is called NA would be lost."""
    write(tmp_path, table("path,label\n" + HALVES.replace("cat", "NA")))
    assert load_data(architecture(data=TABLE)).class_names == ("NA", "dog")


def test_every_bad_row_is_named(refusal: Refusal, tmp_path: Path) -> None:
    """Somebody would have to search a long table for a row."""
    rows = "0.png,cat,train\n1.png,,train\n,dog,train\n2.png,dog,tset\n\n3.png,dog,\n0.png,cat,test\n4.png,dog,test\n"
    write(tmp_path, table(f"path,label,split\n{rows}"))
    assert refusal(TABLE).splitlines() == [
        "file.json:16:11: error[data]: data: 5 of 7 rows are not right",
        "     = row 3 has no label",
        "     = row 4 names no picture",
        '     = row 5 is for "tset", which is no part',
        "     = row 7 says no part",
        '     = row 8 names "0.png" again, after row 2',
        "     = help: mend the rows; parts are called train, validation and test",
    ]


def test_pictures_that_are_not_there(refusal: Refusal, architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A table that is older than its folder would fail in the middle of an epoch."""
    write(tmp_path, table("path,label\n" + HALVES + "gone.png,cat\nlost/also.png,dog\n"))
    assert refusal(TABLE).splitlines() == [
        "file.json:16:11: error[data]: data: 2 of 10 pictures can't be used",
        "     = gone.png (row 10) is not there",
        "     = lost/also.png (row 11) is not there",
        '     = help: mend or remove them, or leave them out with "on_problem": "skip" (command line: data.on_problem=skip)',
    ]
    data = load_data(architecture((8, 8, 3), data=TABLE | {"on_problem": "skip"}))
    assert data.notes == (
        "data: 2 of 10 pictures left out: gone.png (row 10) is not there; lost/also.png (row 11) is not there",
    )


WHERE = "help: the path counts from the directory in which the command is run, {here}, unless it begins with / or ~"
FORM = "help: a table is CSV in UTF-8, or Parquet (.parquet)"
FILES: list[tuple[dict[str, bytes], dict[str, Any], str, str]] = [
    ({}, {}, "data/list.csv is not there", WHERE),
    ({"data/list.csv/x": b""}, {}, "data/list.csv is a folder", "help: name a file that ends in .csv or .tsv or .parquet or .pq"),
    ({"data/list.csv/x": b"", "data/list.csv/b.CSV": b""}, {}, "data/list.csv is a folder", "help: name the file in it: data/list.csv/b.CSV"),
    (table(""), {}, "data/list.csv has no rows", "help: give it a row for each picture"),
    (table("path,label\na.png,x,y\n"), {}, "data/list.csv can't be read: row 2 has 3 cells, and there are 2 columns", FORM),
    (table('path,label\n"a.png,x\n'), {}, "data/list.csv can't be read: line 2: unexpected end of data", FORM),
    (table("file,label\na.png,x\n"), {}, 'the table has no column "path"',
     'help: use one of "file", "label"; without a header give "columns"'),
    (table("a.png,x\n"), {"columns": ["path", "labels"]}, 'the table has no column "label"', 'help: did you mean "labels"?'),
    (table("path,label\na.png,x\n"), {"part": "fold"}, 'the table has no column "fold"',
     'help: use one of "path", "label"; without a header give "columns"'),
    (table("path,label,split\na.png,x,test\n"), {}, 'data/list.csv has no row for "train"', "help: name the rows to train on"),
]  # fmt: skip


@pytest.mark.parametrize(("files", "fields", "message", "hint"), FILES)
def test_tables_that_are_none(
    refusal: Refusal, tmp_path: Path, files: dict[str, bytes], fields: dict[str, Any], message: str, hint: str
) -> None:
    """Somebody would read what Python says of a file, and not what to do."""
    write(tmp_path, files)
    head, *rest = refusal(TABLE | fields).splitlines()
    assert head.partition(" error[data]: data: ")[2] == message
    assert rest == [f"     = {hint.format(here=tmp_path)}"]


def test_bytes_that_are_no_text(refusal: Refusal, tmp_path: Path) -> None:
    """A table saved by a spreadsheet in an old encoding would end in a traceback."""
    write(tmp_path, {"data/list.csv": b"path,label\na.png,caf\xe9\n", "data/list.parquet": b"nothing"})
    text = refusal(TABLE)
    assert "data: data/list.csv can't be read: it is no text in UTF-8" in text
    assert "data: data/list.parquet can't be read: " in refusal(TABLE | {"path": "data/list.parquet"})


def test_check_needs_no_pandas(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`check` would take seconds."""
    write(tmp_path, table("path,label\n" + HALVES))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "pandas", None)
    assert peek() == ("cat", "dog")
