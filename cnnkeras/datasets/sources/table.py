"""Pictures listed in a table: `{"source": "table", "path": "pictures.csv"}`.

CSV is read by Python's own reader, which knows each row's line and needs neither pandas nor TensorFlow, so that
`check` reads the same classes as the run. Parquet is read by pandas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from cnnkeras.datasets.boxes.annotations import Annotated as AnnotatedPicture
from cnnkeras.datasets.boxes.annotations import Box, four_numbers
from cnnkeras.datasets.boxes.formats import BoxFormat
from cnnkeras.datasets.boxes.parts import boxed_data
from cnnkeras.datasets.masks.parts import masked_data
from cnnkeras.datasets.masks.scan import Masked
from cnnkeras.datasets.masks.values import MaskValues
from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.holding import HeldOut
from cnnkeras.datasets.pictures.naming import class_name
from cnnkeras.datasets.pictures.parts import split_data
from cnnkeras.datasets.pictures.policy import Picture
from cnnkeras.datasets.pictures.rows import Columns, is_parquet, open_table, refuse_rows, rows_by_part
from cnnkeras.datasets.pictures.splitting import NO_CLASS
from cnnkeras.datasets.pictures.table import Row, Table, label_order, read_csv
from cnnkeras.datasets.source import Data, FileSource, SourceProblem
from cnnkeras.errors import suggest

Column = Annotated[str, Field(min_length=1)]
BoxColumns = Annotated[tuple[Column, ...], Field(min_length=4, max_length=4)]


class PictureTable(MaskValues, FileSource):
    """A CSV (.tsv with tabs) or Parquet file with a row for each picture, or for each box.

    `path` counts from the current directory, the pictures' paths from the table's folder. `image` names the column of
    the pictures and, as the task wants it, `label` that of the class, `mask` that of the mask's path, or `box` the four
    of a box, which `box_format` explains; `part` the one that says train, validation or test, "split" where there is
    such a column. `columns` names the columns of a table without a header. `classes` gives the classes' order, or what
    the numbers of masks mean.
    """

    tasks = ("classification", "segmentation", "detection")

    source: Literal["table"]
    image: Column = "path"
    label: Column = "label"
    mask: Column = "mask"
    box: BoxColumns = ("xmin", "ymin", "xmax", "ymax")
    box_format: BoxFormat = "xyxy"
    part: Column | None = None
    columns: Annotated[tuple[Column, ...], Field(min_length=1)] | None = None
    split: HeldOut = HeldOut()

    def class_names(self) -> tuple[str, ...] | None:
        """Give the names in the file, else the labels of a CSV; those of a Parquet file would need pandas."""
        if self.classes is not None or self.task == "segmentation":
            return None if self.classes is None else tuple(self.classes)
        try:
            file = Path(self.path).expanduser()
            if is_parquet(file):
                return None
            table = read_csv(file, self.columns)
            label = table.columns.index(self.label)
        except (OSError, ValueError, RuntimeError):  # no such file, column or path: `load` says which
            return None
        return label_order({class_name(row.cells[label]) for row in table.rows} - {""})

    def load(self) -> Data:
        """Read the table and look at its pictures."""
        file, table = open_table(self.path, self.columns)
        loads = {"segmentation": self._masks, "detection": self._boxes}
        return loads.get(self.task, self._classes)(table, file.parent)

    def _classes(self, table: Table, folder: Path) -> Data:
        columns = self._columns(table, ("label",), (self.label,))
        table = _spelt_alike(table, columns)
        names = self._names(table, columns)
        refuse_rows(table, columns, lambda row: _unlabelled(row, columns, names))
        labels = {name: index for index, name in enumerate(names)}
        found = {
            part: [
                Picture(*_place(row, columns, folder), labels[row.cells[columns.label[0]]], f"row {row.number}")
                for row in rows
            ]
            for part, rows in rows_by_part(table, columns, self.path).items()
        }
        total = sum(map(len, found.values()))
        return split_data(found, self.split, self.seed, folder, names, Findings(self.on_problem), total)

    def _masks(self, table: Table, folder: Path) -> Data:
        columns = self._columns(table, ("mask",), (self.mask,))
        (mask,) = columns.label
        refuse_rows(table, columns, lambda row: _no_mask(row.cells[mask]))
        found = {
            part: [
                Masked(
                    *_place(row, columns, folder),
                    NO_CLASS,
                    f"row {row.number}",
                    mask=str(folder / row.cells[mask]),
                    mask_name=f"{row.cells[mask]} (row {row.number})",
                )
                for row in rows
            ]
            for part, rows in rows_by_part(table, columns, self.path).items()
        }
        findings = Findings(self.on_problem)
        return masked_data(found, self.classes, self.void, self.num_classes, self.split, self.seed, folder, findings)

    def _boxes(self, table: Table, folder: Path) -> Data:
        columns = self._columns(table, ("label", *["box"] * 4), (self.label, *self.box))
        table = _spelt_alike(table, columns)
        refuse_rows(table, columns, lambda row: _no_box(row, columns), several=True)
        found = {
            part: _annotated(rows, columns, folder) for part, rows in rows_by_part(table, columns, self.path).items()
        }
        findings = Findings(self.on_problem)
        names = self._names(table, columns)
        return boxed_data(found, names, self.box_format, self.split, self.seed, folder, findings)

    def _names(self, table: Table, columns: Columns) -> tuple[str, ...]:
        """Give the classes; of a table with boxes, whose pictures may have none, those that there are."""
        if isinstance(self.classes, Mapping):
            message = '"classes" gives numbers or colours, and only masks have them'
            raise SourceProblem(("classes",), message, 'give an array of names, ["cat", "dog"]')
        found = {row.cells[columns.label[0]] for row in table.rows} - {""}
        if not found and self.task == "detection":
            raise SourceProblem(("label",), f"no row of {self.path} has a box", "give a row for each box")
        return tuple(self.classes) if self.classes is not None else label_order(found)

    def _columns(self, table: Table, fields: Sequence[str], names: Sequence[str]) -> Columns:
        image = self._column(table, "image", self.image)
        label = tuple(self._column(table, field, name) for field, name in zip(fields, names, strict=True))
        if self.part is not None:
            return Columns(image, self._column(table, "part", self.part), label)
        return Columns(image, table.columns.index("split") if "split" in table.columns else None, label)

    def _column(self, table: Table, field: str, name: str) -> int:
        if name in table.columns:
            return table.columns.index(name)
        hint = suggest(name, table.columns)
        header = "" if self.columns else '; without a header give "columns"'
        raise SourceProblem((field,), f'the table has no column "{name}"', f"{hint}{header}")


def _spelt_alike(table: Table, columns: Columns) -> Table:
    """Give the table with one spelling of each class."""
    place = columns.label[0]
    rows = [
        replace(row, cells=(*row.cells[:place], class_name(row.cells[place]), *row.cells[place + 1 :]))
        for row in table.rows
    ]
    return replace(table, rows=tuple(rows))


def _place(row: Row, columns: Columns, folder: Path) -> tuple[str, str]:
    """Give where the picture of a row lies, and its name."""
    return str(folder / row.cells[columns.image]), row.cells[columns.image]


def _unlabelled(row: Row, columns: Columns, names: Sequence[str]) -> str | None:
    label = row.cells[columns.label[0]]
    if not label:
        return "has no label"
    return None if label in names else f'has the label "{label}", which is none of the classes'


def _no_mask(cell: str) -> str | None:
    return "names no path" if "\0" in cell else None if cell else "names no mask"


def _no_box(row: Row, columns: Columns) -> str | None:
    label, *numbers = (row.cells[column] for column in columns.label)
    if not any((label, *numbers)):  # a picture without boxes
        return None
    if not label:
        return "has no label"
    try:
        four_numbers(numbers)
    except ValueError as error:
        return f"has no box: {error}"
    return None


def _annotated(rows: Sequence[Row], columns: Columns, folder: Path) -> list[AnnotatedPicture]:
    pictures: dict[str, list[Row]] = {}
    for row in rows:
        pictures.setdefault(row.cells[columns.image], []).append(row)
    return [
        AnnotatedPicture(
            *_place(some[0], columns, folder), NO_CLASS, f"row {some[0].number}", boxes=_boxes(some, columns)
        )
        for some in pictures.values()
    ]


def _boxes(rows: Sequence[Row], columns: Columns) -> tuple[Box, ...]:
    cells = [[row.cells[column] for column in columns.label] for row in rows]
    return tuple(Box(four_numbers(numbers), label) for label, *numbers in cells if label)
