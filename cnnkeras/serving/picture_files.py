"""Which files the user means: files, folders of them, and patterns such as "holiday/*.jpg"."""

from __future__ import annotations

import glob
from collections.abc import Iterator, Sequence
from pathlib import Path

from cnnkeras.datasets.pictures.folders import is_litter
from cnnkeras.errors import Diagnostic, UserError, first_of, reason_of

ENDINGS = (".jpg", ".jpeg", ".png", ".gif", ".bmp")
# So many files that are passed over are named.
MOST_NAMED = 5


def passed_over(places: Sequence[Path]) -> Iterator[str]:
    """Say of each folder which files in it are not called like pictures; what systems leave in folders aside."""
    for place in places:
        if place.is_dir():
            others = [file for file in _below(place) if not _is_called_a_picture(file) and not is_litter(file.name)]
            if others:
                names = first_of([str(file.relative_to(place)) for file in others], MOST_NAMED)
                count = "1 file" if len(others) == 1 else f"{len(others):,} files"
                yield f"{place}: {count} passed over, not called {', '.join(ENDINGS)}: {names}"


def picture_files(places: Sequence[Path]) -> list[Path]:
    """Give the files that are meant, in the order of the places; those of a folder, and below it, by their names.

    A shell that does not know a pattern, or is kept from it by quotes, leaves it to us: `**` stands for folders.
    Raises UserError that names everything that is not there.
    """
    found: list[Path] = []
    wrong: list[Diagnostic] = []
    for place in places:
        try:
            files = list(_expand(place))
        except OSError as failure:  # a name that is longer than file systems take, a folder that may not be read
            wrong.append(_unreadable(place, failure))
            continue
        problems = [problem for file in files for problem in _check(file)] or list(_check_any(place, files))
        found += files
        wrong += problems
    if wrong:
        raise UserError(*wrong)
    return found


def finding(place: Path, message: str, hint: str | None = None, code: str = "picture") -> Diagnostic:
    """Give what is wrong with a file or a folder."""
    return Diagnostic(code, "error", str(place), 0, 0, "", message, hint)


def _expand(place: Path) -> Iterator[Path]:
    if place.is_dir():
        yield from filter(_is_called_a_picture, _below(place))
    elif glob.has_magic(str(place)) and not place.exists():
        yield from sorted(file for file in map(Path, glob.glob(str(place), recursive=True)) if file.is_file())
    else:
        yield place


def _below(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def _is_called_a_picture(file: Path) -> bool:
    return file.suffix.lower() in ENDINGS and not is_litter(file.name)


def _check_any(place: Path, files: Sequence[Path]) -> Iterator[Diagnostic]:
    if files:
        return
    if place.is_dir():
        yield finding(place, "there are no pictures in this folder", f"it looks for {', '.join(ENDINGS)}")
    else:
        yield finding(place, "no file is called so", "* stands for a part of a name, ** for folders")


def _check(file: Path) -> Iterator[Diagnostic]:
    try:
        file.open("rb").close()
    except OSError as failure:
        yield _unreadable(file, failure)


def _unreadable(place: Path, failure: OSError) -> Diagnostic:
    return finding(place, f"can't be read: {reason_of(failure)}")
