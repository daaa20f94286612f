"""Pictures listed in a table: `{"source": "table", "path": "pictures.csv"}`.

CSV is read by Python's own reader, which knows each row's line and needs neither pandas nor TensorFlow, so that
`check` reads the same classes as the run. Parquet is read by pandas.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from cnnkeras.datasets.pictures.defects import OnProblem, Problem
from cnnkeras.datasets.pictures.findings import Findings, listed
from cnnkeras.datasets.pictures.folders import where_paths_count
from cnnkeras.datasets.pictures.holding import HeldOut
from cnnkeras.datasets.pictures.parts import split_data
from cnnkeras.datasets.pictures.policy import Picture
from cnnkeras.datasets.pictures.table import Row, Table, label_order, part_of, read_csv, read_table
from cnnkeras.datasets.source import Data, Source, SourceProblem
from cnnkeras.errors import suggest
from cnnkeras.layers.fields import Natural

Column = Annotated[str, Field(min_length=1)]


class PictureTable(Source):
    """A CSV (.tsv with tabs) or Parquet file with a row for each picture.

    `path` counts from the current directory, the pictures' paths from the table's folder. `image` and `label` name
    the columns; `part` the one that says train, validation or test, "split" where there is such a column. `columns`
    names the columns of a table without a header.
    """

    source: Literal["table"]
    path: str
    image: Column = "path"
    label: Column = "label"
    part: Column | None = None
    columns: Annotated[tuple[Column, ...], Field(min_length=1)] | None = None
    split: HeldOut = HeldOut()
    seed: Natural = 0
    on_problem: OnProblem = "error"

    def class_names(self) -> tuple[str, ...] | None:
        """Give the labels of a CSV; those of a Parquet file would need pandas."""
        try:
            file = Path(self.path).expanduser()
            if file.suffix.lower() in PARQUET:
                return None
            table = read_csv(file, self.columns)
            label = table.columns.index(self.label)
        except (OSError, ValueError, RuntimeError):  # no such file, column or path: `load` says which
            return None
        return label_order({row.cells[label] for row in table.rows} - {""})

    def load(self) -> Data:
        """Read the table and look at its pictures."""
        file, table = self._read()
        image, label, part = self._column(table, "image"), self._column(table, "label"), self._part(table)
        _refuse_rows(table, image, label, part)
        names = label_order({row.cells[label] for row in table.rows})
        labels = {name: index for index, name in enumerate(names)}
        found: dict[str, list[Picture]] = {}
        for row in table.rows:
            in_part = "train" if part is None else part_of(row.cells[part])
            place = file.parent / row.cells[image]
            picture = Picture(str(place), row.cells[image], labels[row.cells[label]], f"row {row.number}")
            found.setdefault(in_part or "", []).append(picture)
        if "train" not in found:
            raise SourceProblem(("path",), f'{self.path} has no row for "train"', "name the rows to train on")
        flat = [picture for pictures in found.values() for picture in pictures]
        findings = Findings(self.on_problem)
        return split_data(found, self.split, self.seed, file.parent, names, findings, len(flat))

    def _read(self) -> tuple[Path, Table]:
        try:
            file = Path(self.path).expanduser()
            parquet = file.suffix.lower() in PARQUET
            table = read_table(file, self.columns) if parquet else read_csv(file, self.columns)
        except FileNotFoundError:
            raise SourceProblem(("path",), f"{self.path} is not there", where_paths_count()) from None
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or "it has no such place"
            raise SourceProblem(("path",), f"{self.path} can't be read: {reason}", where_paths_count()) from error
        except ValueError as error:  # bytes that are no text, rows of another length, what Parquet's reader finds
            message = f"{self.path} can't be read: {str(error).splitlines()[0]}"
            raise SourceProblem(("path",), message, "a table is CSV in UTF-8, or Parquet (.parquet)") from error
        if not table.rows:
            raise SourceProblem(("path",), f"{self.path} has no rows", "give it a row for each picture")
        return file, table

    def _column(self, table: Table, field: str) -> int:
        name = getattr(self, field)
        if name in table.columns:
            return table.columns.index(name)
        hint = suggest(name, table.columns)
        header = "" if self.columns else '; without a header give "columns"'
        raise SourceProblem((field,), f'the table has no column "{name}"', f"{hint}{header}")

    def _part(self, table: Table) -> int | None:
        if self.part is not None:
            return self._column(table, "part")
        return table.columns.index("split") if "split" in table.columns else None


PARQUET = (".parquet", ".pq")


def _refuse_rows(table: Table, image: int, label: int, part: int | None) -> None:
    """Raise SourceProblem for everything that is wrong in the rows."""
    problems: list[Problem] = []
    width = len(str(table.rows[-1].number))
    seen: dict[str, Row] = {}
    for row in table.rows:
        problem = _problem(row, image, label, part)
        first = seen.setdefault(row.cells[image], row)
        if problem is None and first is not row:
            problem = f'names "{row.cells[image]}" again, after row {first.number}'
        if problem:
            problems.append(Problem("unreadable_annotation", f"row {row.number:>{width}}", problem))
    if problems:
        message = f"{len(problems):,} of {len(table.rows):,} rows are not right"
        hint = "mend the rows; parts are called train, validation and test"
        raise SourceProblem(("path",), message, hint, listed(problems))


def _problem(row: Row, image: int, label: int, part: int | None) -> str | None:
    if not row.cells[image]:
        return "names no picture"
    if "\0" in row.cells[image]:
        return "names no path"
    if not row.cells[label]:
        return "has no label"
    if part is not None and part_of(row.cells[part]) is None:
        word = row.cells[part]
        return f'is for "{word}", which is no part' if word else "says no part"
    return None
