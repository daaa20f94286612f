"""How pictures lie in folders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cnnkeras.datasets.pictures.looking import EXTENSIONS
from cnnkeras.datasets.source import SourceProblem
from cnnkeras.errors import reason_of

# The folder of each part that there is; "train" always.
Layout = dict[str, Path]

WORDS = {
    "train": "train", "training": "train", "validation": "validation", "valid": "validation", "val": "validation",
    "dev": "validation", "test": "test", "testing": "test",
}  # fmt: skip
# What systems and archives leave in folders, beside names that begin with a dot.
LITTER = ("thumbs.db", "desktop.ini", "__macosx")


def open_folder(path: str) -> Path:
    """Give the folder. Raises SourceProblem where it is none."""
    try:
        folder = Path(path).expanduser()
        if folder.is_dir():
            return folder
        parent = folder.parent if folder.exists() else None
    except (ValueError, RuntimeError, OSError):  # no path at all, or the home of a user that there is not
        parent = None
    if parent is not None:
        raise SourceProblem(("path",), f"{path} is a file", f"name a folder, such as {parent}")
    raise SourceProblem(("path",), f"{path} is not there", where_paths_count())


def refuse_folder(path: str, endings: Sequence[str]) -> None:
    """Raise SourceProblem where the path of a file leads to a folder, with the file in it that may be meant."""
    try:
        folder = Path(path).expanduser()
        inside = sorted(folder.iterdir()) if folder.is_dir() else None
    except (ValueError, RuntimeError, OSError):  # whoever opens it tells
        return
    if inside is not None:
        meant = next((file for file in inside if file.suffix.lower() in endings), None)
        hint = f"name the file in it: {meant}" if meant else f"name a file that ends in {' or '.join(endings)}"
        raise SourceProblem(("path",), f"{path} is a folder", hint)


@contextmanager
def listing(root: Path) -> Iterator[None]:
    """Turn what the system says of a folder or file below `root` into a SourceProblem that names it."""
    try:
        yield
    except OSError as error:
        message = f"{error.filename or root} can't be opened: {reason_of(error)}"
        raise SourceProblem(("path",), message, "see to it that its files may be read") from error


def where_paths_count() -> str:
    """Say where a relative path begins."""
    try:
        here = f", {Path.cwd()},"
    except FileNotFoundError:  # it was deleted meanwhile
        here = ""
    return f"the path counts from the directory in which the command is run{here} unless it begins with / or ~"


def part_folders(root: Path) -> Layout:
    """Give the folders of the parts: those named train, validation and test, or else `root` for train.

    Raises SourceProblem where the folders in `root` are neither the parts nor the classes.
    """
    folders = class_folders(root)
    parts: Layout = {}
    for folder in folders:
        part = WORDS.get(folder.name.casefold())
        if part in parts:
            message = f"{parts[part].name} and {folder.name} are both {part}"
            raise SourceProblem(("path",), message, "keep one of them")
        if part:
            parts[part] = folder
    if not parts:
        return {"train": root}
    others = [folder.name for folder in folders if folder.name.casefold() not in WORDS]
    if "train" not in parts or others:
        named = ", ".join(folder.name for folder in parts.values())
        lack = f"beside {others[0]}" if others else "and none train"
        hint = "let the folder hold the parts (train, validation, test), or the classes, not both"
        raise SourceProblem(("path",), f"the folder has {named}, {lack}", hint)
    return parts


def class_folders(parent: Path) -> list[Path]:
    """Give the folders in a folder, in the order of their names."""
    with os.scandir(parent) as entries:
        names = sorted(entry.name for entry in entries if not is_litter(entry.name) and entry.is_dir())
    return [parent / name for name in names]


def loose_files(parent: Path) -> list[Path]:
    """Give the files of a folder itself that are named as pictures."""
    with os.scandir(parent) as entries:
        names = [entry.name for entry in entries if not is_litter(entry.name) and not entry.is_dir()]
    return [parent / name for name in names if name.rpartition(".")[2].casefold() in EXTENSIONS]


def picture_files(folder: Path) -> Iterator[Path]:
    """Give the files in a folder and in those below it that are named as pictures, in the order of their names."""
    return (file for file in files_below(folder) if file.suffix.casefold().removeprefix(".") in EXTENSIONS)


def files_below(folder: Path, above: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Give the files in a folder and in those below it, in the order of their names, links followed."""
    place = os.path.realpath(folder)
    if place in above:  # a link to a folder that it lies in
        return
    with os.scandir(folder) as entries:
        ordered = sorted((entry.name, entry.is_dir()) for entry in entries if not is_litter(entry.name))
    for name, is_folder in ordered:
        if is_folder:
            yield from files_below(folder / name, above | {place})
        else:
            yield folder / name


def shown_below(file: Path, root: Path) -> str:
    """Give a file's path from the data's folder, as messages show it and names are given; it may lie elsewhere."""
    return os.path.relpath(file, root).replace(os.sep, "/")


def is_litter(name: str) -> bool:
    """Tell whether a file or folder is no part of any data."""
    return name.startswith(".") or name.casefold() in LITTER
