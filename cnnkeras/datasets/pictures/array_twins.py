"""Finds pictures in arrays that are in two parts: what is tested has then been trained on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.source import PARTS

if TYPE_CHECKING:
    import numpy as np

Places = Mapping[str, Sequence[int]]


def apart(
    places: Places, pictures: Mapping[str, np.ndarray], name: Callable[[str, int], str], findings: Findings
) -> dict[str, list[int]]:
    """Give the places of each part's pictures, without those that the policy leaves out: a later part has the same.

    `name` says what a picture of a part is called.
    """
    left_out: dict[str, set[int]] = {part: set() for part in places}
    for part, place, other, twin in _twins(places, pictures):
        named, twin_named = name(part, place), name(other, twin)
        # The same picture may have been named for two parts; that is no accident.
        if named == twin_named:
            continue
        if findings.add("same_picture", named, f"is in {part}, and in {other} as {twin_named}") == "skip":
            left_out[part].add(place)
    return {part: [place for place in some if place not in left_out[part]] for part, some in places.items()}


def _twins(places: Places, pictures: Mapping[str, np.ndarray]) -> Iterator[tuple[str, int, str, int]]:
    """Give each picture whose pixels a later part has too, once, with its twin."""
    later: dict[bytes, tuple[str, int]] = {}
    for part in reversed(PARTS):
        for place in places[part]:
            digest = hashlib.blake2b(pictures[part][place].tobytes(), digest_size=16).digest()
            other = later.setdefault(digest, (part, place))
            if other[0] != part:
                yield part, place, *other
