"""Finds pictures that are in two parts: what is tested has then been trained on."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence

from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.policy import Picture
from cnnkeras.datasets.source import PARTS


def apart(parts: Mapping[str, Sequence[Picture]], findings: Findings) -> dict[str, list[Picture]]:
    """Give the parts, without the pictures that the policy leaves out where a later part has the same.

    What is kept is the test's, then the validation's. Raises SourceProblem where the policy is "error".
    """
    kept = {part: [*pictures] for part, pictures in parts.items()}
    for part, picture, other, twin in _twins(parts):
        detail = f"is in {part}, and in {other} as {twin.name}"
        if findings.add("same_picture", picture.shown, detail) == "skip":
            kept[part].remove(picture)
    findings.refuse(sum(map(len, parts.values())))
    return kept


def _twins(parts: Mapping[str, Sequence[Picture]]) -> list[tuple[str, Picture, str, Picture]]:
    """Give each picture whose bytes a later part has too, once, with its twin."""
    ordered = [part for part in PARTS if part in parts]
    # Only files of the same size are read.
    sizes: dict[int, list[tuple[str, Picture]]] = defaultdict(list)
    for part in ordered:
        for picture in parts[part]:
            sizes[_size(picture.file)].append((part, picture))
    found = []
    for group in sizes.values():
        if len({part for part, _ in group}) > 1:
            found += _same(group)
    return sorted(found, key=lambda twins: (ordered.index(twins[0]), twins[1].name))


def _same(group: Sequence[tuple[str, Picture]]) -> list[tuple[str, Picture, str, Picture]]:
    last: dict[bytes, tuple[str, Picture]] = {}
    found = []
    for part, picture in reversed(group):
        content = _content(picture.file)
        later = last.setdefault(content, (part, picture))
        # The same file may have been named for two parts; that is no accident.
        if later[0] != part and later[1].file != picture.file:
            found.append((part, picture, *later))
    return found


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size
    except OSError:  # told elsewhere
        return -1


def _content(file: str) -> bytes:
    try:
        with open(file, "rb") as stream:
            return hashlib.file_digest(stream, "blake2b").digest()
    except OSError:  # one that went away is like no other
        return file.encode(errors="surrogateescape")
