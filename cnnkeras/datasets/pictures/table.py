"""Reads tables of pictures."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnkeras.datasets.pictures.folders import WORDS

DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class Row:
    """The cells of a row as text, and its number: the line of a CSV at which it ends, else counted from 1."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """A table as text."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]


def read_csv(file: Path, columns: Sequence[str] | None) -> Table:
    """Read a CSV; without `columns` its first row names them.

    Raises OSError, and ValueError where it is no table.
    """
    with file.open(encoding="utf-8-sig", newline="") as stream:
        # What stands most often in the first line: spreadsheets write ; where the comma is for decimals.
        line = stream.readline()
        stream.seek(0)
        delimiter = "\t" if file.suffix.lower() == ".tsv" else max(DELIMITERS, key=line.count)
        reader = csv.reader(stream, delimiter=delimiter, strict=True)
        try:
            rows = [Row(reader.line_num, tuple(cell.strip() for cell in cells)) for cells in reader if any(cells)]
        except csv.Error as error:
            raise ValueError(f"line {reader.line_num}: {error}") from error
    if columns is None:
        if not rows:
            return Table((), ())
        columns, rows = rows[0].cells, rows[1:]
    for row in rows:
        if len(row.cells) != len(columns):
            raise ValueError(f"row {row.number} has {len(row.cells)} cells, and there are {len(columns)} columns")
    return Table(tuple(columns), tuple(rows))


def read_table(file: Path, columns: Sequence[str] | None) -> Table:
    """Read a Parquet file. Raises OSError, and ValueError where it is none."""
    import pandas as pd

    with file.open("rb") as stream:
        try:
            frame = pd.read_parquet(stream)
        except ImportError as error:
            raise ValueError("pandas needs pyarrow to read Parquet: pip install pyarrow") from error
    if columns is not None and len(columns) != len(frame.columns):
        raise ValueError(f'it has {len(frame.columns)} columns, and "columns" names {len(columns)}')
    cells = [["" if pd.isna(value) else str(value).strip() for value in frame[name]] for name in frame.columns]
    rows = tuple(Row(index + 1, row) for index, row in enumerate(zip(*cells, strict=True)))
    return Table(tuple(columns or map(str, frame.columns)), rows)


def part_of(word: str) -> str | None:
    """Give the part that a cell names."""
    return WORDS.get(word.casefold())


def label_order(labels: set[str]) -> tuple[str, ...]:
    """Put labels in order: whole numbers by their size, other words by their letters."""
    if all(re.fullmatch(r"-?[0-9]{1,18}", label) for label in labels):
        return tuple(sorted(labels, key=lambda label: (int(label), label)))
    return tuple(sorted(labels))
