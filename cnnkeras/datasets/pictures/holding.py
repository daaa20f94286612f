"""Which pictures are validated and tested on: those of the data's own parts, those that are named, or a share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from cnnkeras.datasets.pictures.defects import Problem
from cnnkeras.datasets.pictures.findings import listed
from cnnkeras.datasets.pictures.naming import Name
from cnnkeras.datasets.pictures.policy import Picture
from cnnkeras.datasets.pictures.splitting import NO_CLASS, Share, split
from cnnkeras.datasets.source import PARTS, SourceProblem
from cnnkeras.errors import reason_of, suggest

# A share, the pictures' names, or a text file with a name a line.
Held = Share | Annotated[tuple[Name, ...], Field(min_length=1)] | Name
AnyPicture = TypeVar("AnyPicture", bound=Picture)


class HeldOut(BaseModel):
    """What is held out of train, as far as the data has no part of its own: shares, or names of pictures.

    A name is a picture's path as messages show it, or the last part of it, with or without its extension. A text
    file's path counts from the data's folder. Both parts may name the same pictures.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    validation: Held = 0.1
    test: Held = 0.1


def held_out(
    given: Mapping[str, Sequence[AnyPicture]], held: HeldOut, seed: int, folder: Path
) -> dict[str, list[AnyPicture]]:
    """Give all three parts, in the order of their names: those that are there, and what they lack out of train.

    `folder` is the data's. Raises SourceProblem where the file wants a part that the data has, or names pictures
    that are not there.
    """
    for part in held.model_fields_set:
        if part in given:
            wants = "wants a share for" if isinstance(getattr(held, part), float) else "names pictures for"
            message = f'"split" {wants} {part}, and the data has a {part} part of its own'
            raise SourceProblem(("split", part), message, "leave it out")
    lacking = {part: getattr(held, part) for part in ("validation", "test") if part not in given}
    named = {
        part: _named(part, _names(part, wanted, folder), given["train"])
        for part, wanted in lacking.items()
        if not isinstance(wanted, float)
    }
    taken = {picture.name for pictures in named.values() for picture in pictures}
    shares = {part: wanted for part, wanted in lacking.items() if isinstance(wanted, float)}
    chosen = _shared([picture for picture in given["train"] if picture.name not in taken], shares, seed)
    parts = {part: [*(chosen.get(part) or named.get(part) or given.get(part, ()))] for part in PARTS}
    _refuse_shared(parts)
    return {part: sorted(pictures, key=lambda picture: picture.name) for part, pictures in parts.items()}


def _refuse_shared(parts: Mapping[str, Sequence[Picture]]) -> None:
    """Raise SourceProblem where pictures are trained on and measured; validation and test may share theirs."""
    trained = {picture.file for picture in parts["train"]}
    for part in ("validation", "test"):
        shared = sorted(picture.name for picture in parts[part] if picture.file in trained)
        if shared:
            count = f"{len(shared):,} picture{'s' if len(shared) > 1 else ''}"
            more = ", …" if len(shared) > 3 else ""
            message = f"train and {part} share {count}: {', '.join(shared[:3])}{more}"
            raise SourceProblem(("path",), message, "what is measured must not have been trained on: keep them apart")


def _shared(pictures: Sequence[AnyPicture], shares: Mapping[str, float], seed: int) -> dict[str, list[AnyPicture]]:
    by_name = {picture.name: picture for picture in pictures}
    classes: dict[int, list[str]] = {}
    for name, picture in by_name.items():
        classes.setdefault(picture.label, []).append(name)
    parts = split(classes, shares, seed)
    if not all(parts.values()):
        # Where each class has so few, the pictures are split as if they were of one.
        parts = split({NO_CLASS: list(by_name)}, shares, seed)
    return {part: [by_name[name] for name in names] for part, names in parts.items()}


def _names(part: str, wanted: Sequence[str] | str, folder: Path) -> list[str]:
    if not isinstance(wanted, str):
        return list(wanted)
    try:
        lines = (folder / wanted).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        reason = reason_of(error, "it is no text in UTF-8")
        hint = f"the path counts from {folder}; or give the names themselves, as an array"
        raise SourceProblem(("split", part), f"{wanted} can't be read: {reason}", hint) from error
    return [line.strip() for line in lines if line.strip()]


def _named(part: str, names: Sequence[str], pictures: Sequence[AnyPicture]) -> list[AnyPicture]:
    by_alias: dict[str, dict[str, AnyPicture]] = {}
    for picture in pictures:
        for alias in _aliases(picture.name):
            by_alias.setdefault(alias, {})[picture.name] = picture
    found: dict[str, AnyPicture] = {}
    problems = []
    for name in names:
        meant = by_alias.get(name, {})
        if len(meant) == 1:
            found.update(meant)
        else:
            detail = f"may be {' or '.join(sorted(meant)[:3])}" if meant else "is no picture of the data"
            problems.append(Problem("missing_picture", f'"{name}"', detail))
    if problems:
        message = f"{len(problems):,} of the {len(names):,} names for {part} can't be found"
        near = suggest(problems[0].name.strip('"'), list(by_alias)) if len(problems) == 1 else None
        hint = near if near and near.startswith("did you mean") else _NAMES
        raise SourceProblem(("split", part), message, hint, listed(problems))
    return list(found.values())


_NAMES = "name pictures by their path, or by the last part of it where that is unique"


def _aliases(name: str) -> set[str]:
    path = PurePosixPath(name)
    return {name, path.name, str(path.with_suffix("")), path.stem}
