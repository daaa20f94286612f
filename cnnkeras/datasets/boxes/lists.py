"""Which pictures of a VOC folder each part has: those of its lists, those that are named, or a share."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from cnnkeras.datasets.boxes.voc import read_list
from cnnkeras.datasets.pictures.folders import WORDS
from cnnkeras.datasets.pictures.holding import Held, HeldOut
from cnnkeras.datasets.pictures.naming import Name
from cnnkeras.datasets.source import PARTS, SourceProblem
from cnnkeras.errors import reason_of, suggest

SUFFIX = ".txt"


class Lists(BaseModel):
    """The list of each part, as `"val"`; for validation and test a share or the pictures' names as well."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    train: Name | None = None
    validation: Held | None = None
    test: Held | None = None

    def held(self) -> HeldOut:
        """Give what is to be held out of train."""
        given = {part: getattr(self, part) for part in ("validation", "test")}
        return HeldOut(
            **{part: value for part, value in given.items() if value is not None and not isinstance(value, str)}
        )


def listed_parts(folder: Path, lists: Lists) -> dict[str, list[str]] | None:
    """Give the names of the pictures in each part's list, or None where there are no lists.

    What the file does not say is the list of the part's own name. Raises SourceProblem where a list is not there,
    and where a picture is trained on and measured.
    """
    there = _lists(folder)
    chosen = {WORDS[name.casefold()]: name for name in sorted(there, reverse=True) if name.casefold() in WORDS}
    for part in PARTS:
        value = getattr(lists, part)
        if isinstance(value, str):
            chosen[part] = value
        elif value is not None:
            chosen.pop(part, None)
    if not chosen:
        return None
    if "train" not in chosen:
        message = f"{folder} has lists for {' and '.join(chosen)}, and none for train"
        raise SourceProblem(("split",), message, suggest("train", there))
    found = {part: _read(part, chosen[part], folder, there) for part in PARTS if part in chosen}
    for part in ("validation", "test"):
        shared = set(found["train"]) & set(found.get(part, ()))
        if shared:
            names = ", ".join(sorted(shared)[:3])
            both = f'train, "{chosen["train"]}", and {part}, "{chosen[part]}"'
            message = f"{both}, share {len(shared):,} of the pictures: {names}"
            raise SourceProblem(("split", "train"), message, "choose lists that have none in common")
    return found


def _lists(folder: Path) -> Mapping[str, Path]:
    try:
        return {
            name.removesuffix(SUFFIX): folder / name for name in sorted(os.listdir(folder)) if name.endswith(SUFFIX)
        }
    except OSError:
        return {}


def _read(part: str, name: str, folder: Path, there: Mapping[str, Path]) -> list[str]:
    file = there.get(name.removesuffix(SUFFIX))
    if file is None:
        raise SourceProblem(("split", part), f'there is no list "{name}" in {folder}', suggest(name, there))
    try:
        names = read_list(file)
    except (OSError, ValueError) as error:
        reason = reason_of(error, "it is no text in UTF-8")
        raise SourceProblem(("split", part), f"{file} can't be read: {reason}", "save it with a name a line") from error
    return list(dict.fromkeys(names))
