"""Which examples are held out for validation and test: a function of their names, the shares and the seed alone.

Within each class the examples are put in the order of a hash of seed and name. The first are the test's, the last
the validation's, the rest is trained on. So each class has its share in every part to the nearest example, any
machine splits alike, and an example that is added moves at most two others of its class, never between validation
and test.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

# As many examples as there are parts: from here on every part has one of the class.
FEWEST = 3
NO_CLASS = -1


Share = Annotated[float, Field(gt=0, le=0.4)]


class Shares(BaseModel):
    """How much of each class is held out, as far as the data has no part of its own."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    validation: Share = 0.1
    test: Share = 0.1


def split(classes: Mapping[int, Sequence[str]], shares: Mapping[str, float], seed: int) -> dict[str, list[str]]:
    """Give the names of each part, `train` and those of `shares`, from the names of each class."""
    parts: dict[str, list[str]] = {part: [] for part in ("train", *shares)}
    for names in classes.values():
        ordered = sorted(names, key=lambda name: _hash(name, seed))
        counts = {part: _count(len(ordered), share) for part, share in shares.items()}
        first = counts.get("test", 0)
        last = len(ordered) - counts.get("validation", 0)
        chosen = {"test": ordered[:first], "train": ordered[first:last], "validation": ordered[last:]}
        for part in parts:
            parts[part] += chosen[part]
    return parts


def strata(pictures: Sequence[Collection[int]]) -> list[int]:
    """Give the class that stands for each picture in the split, of the classes in it: the one that the fewest have.

    So a rare class has its share in every part; one that most pictures have, has it anyway.
    """
    counts = Counter(number for classes in pictures for number in set(classes))
    return [min(classes, key=lambda number: (counts[number], number), default=NO_CLASS) for classes in pictures]


def _count(size: int, share: float) -> int:
    return max(1, round(size * share)) if size >= FEWEST else 0


def _hash(name: str, seed: int) -> bytes:
    # macOS and Linux write the same accented name with different characters.
    return hashlib.sha256(f"{seed}/{unicodedata.normalize('NFC', name)}".encode(errors="surrogateescape")).digest()
