"""The rows of a table: which columns are meant, what is wrong with a row, and which part it is for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnkeras.datasets.pictures.defects import Problem
from cnnkeras.datasets.pictures.findings import listed
from cnnkeras.datasets.pictures.folders import refuse_folder, where_paths_count
from cnnkeras.datasets.pictures.table import Row, Table, part_of, read_csv, read_table
from cnnkeras.datasets.source import PARTS, SourceProblem
from cnnkeras.errors import reason_of

PARQUET = (".parquet", ".pq")


def is_parquet(file: Path) -> bool:
    """Tell whether a file is named as Parquet."""
    return file.suffix.lower() in PARQUET


@dataclass(frozen=True)
class Columns:
    """Where in a row the picture, its part, and its label (the columns of the label) stand."""

    image: int
    part: int | None
    label: tuple[int, ...]


def open_table(path: str, columns: Sequence[str] | None) -> tuple[Path, Table]:
    """Read a table that has rows. Raises SourceProblem."""
    refuse_folder(path, (".csv", ".tsv", *PARQUET))
    try:
        file = Path(path).expanduser()
        table = read_table(file, columns) if is_parquet(file) else read_csv(file, columns)
    except FileNotFoundError:
        raise SourceProblem(("path",), f"{path} is not there", where_paths_count()) from None
    except (OSError, RuntimeError) as error:
        reason = reason_of(error, "it has no such place")
        raise SourceProblem(("path",), f"{path} can't be read: {reason}", where_paths_count()) from error
    except UnicodeDecodeError as error:
        message = f"{path} can't be read: it is no text in UTF-8"
        raise SourceProblem(("path",), message, "save it as CSV in UTF-8; spreadsheets ask for it on saving") from error
    except ValueError as error:  # rows of another length, what Parquet's reader finds
        message = f"{path} can't be read: {str(error).splitlines()[0]}"
        raise SourceProblem(("path",), message, "a table is CSV in UTF-8, or Parquet (.parquet)") from error
    if not table.rows:
        raise SourceProblem(("path",), f"{path} has no rows", "give it a row for each picture")
    return file, table


def refuse_rows(table: Table, columns: Columns, problem_of: Callable[[Row], str | None], several: bool = False) -> None:
    """Raise SourceProblem for everything that is wrong in the rows; with `several` a picture may have more than one."""
    problems: list[Problem] = []
    width = len(str(table.rows[-1].number))
    seen: dict[str, Row] = {}
    for row in table.rows:
        first = seen.setdefault(row.cells[columns.image], row)
        problem = _problem(row, columns) or problem_of(row)
        if problem is None and first is not row:
            problem = _again(row, first, columns, several)
        if problem:
            problems.append(Problem("unreadable_annotation", f"row {row.number:>{width}}", problem))
    if problems:
        message = f"{len(problems):,} of {len(table.rows):,} rows are not right"
        hint = "mend the rows; parts are called train, validation and test"
        raise SourceProblem(("path",), message, hint, listed(problems))


def _again(row: Row, first: Row, columns: Columns, several: bool) -> str | None:
    name = row.cells[columns.image]
    if not several:
        return f'names "{name}" again, after row {first.number}'
    if columns.part is None or part_of(row.cells[columns.part]) == part_of(first.cells[columns.part]):
        return None
    return f'has "{name}" for "{row.cells[columns.part]}", and row {first.number} for "{first.cells[columns.part]}"'


def _problem(row: Row, columns: Columns) -> str | None:
    if not row.cells[columns.image]:
        return "names no picture"
    if "\0" in row.cells[columns.image]:
        return "names no path"
    if columns.part is not None and part_of(row.cells[columns.part]) is None:
        word = row.cells[columns.part]
        return f'is for "{word}", which is no part' if word else "says no part"
    return None


def rows_by_part(table: Table, columns: Columns, path: str) -> Mapping[str, list[Row]]:
    """Give the rows of each part that there is. Raises SourceProblem where there are none to train on."""
    found: dict[str, list[Row]] = {}
    for row in table.rows:
        part = "train" if columns.part is None else part_of(row.cells[columns.part])
        found.setdefault(part or "", []).append(row)
    if "train" not in found:
        raise SourceProblem(("path",), f'{path} has no row for "train"', "name the rows to train on")
    return {part: found[part] for part in PARTS if part in found}
