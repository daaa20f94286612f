"""Where pictures are that are not where they are said to be: one cause, where none of them is there."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from cnnkeras.datasets.pictures.folders import files_below
from cnnkeras.datasets.pictures.looking import EXTENSIONS

# So many files are looked at for one of that name.
MOST = 20_000


def whereabouts(file: str) -> str:
    """Say where a picture is looked for, and why it may not be there."""
    looked = f"{file} is looked for"
    if "\\" in file and Path(file.replace("\\", "/")).is_file():
        return f"{looked}: write / between folders, and not \\"
    found = next(_candidates(Path(file)), None)
    if found is None:
        return f"{looked}: see from where the paths count"
    if found.stem == Path(file).name:
        return f"{looked}, and {found} is there: the names lack their endings"
    return f"{looked}, and {found} is there"


def _candidates(file: Path) -> Iterator[Path]:
    """Give files that may be meant: with an ending, in other letters, or in another folder."""
    folder = next((place for place in file.parents if place.is_dir()), None)
    if folder is None:
        return
    names = {f"{file.name}.{ending}".casefold() for ending in EXTENSIONS} | {file.name.casefold()}
    try:
        yield from (each for each in islice(files_below(folder), MOST) if each.name.casefold() in names)
    except OSError:  # a folder that may not be read
        return
