"""What happens to pictures that can't be used: the run stops and names them, or they are left out and named."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from cnnkeras.datasets.pictures.looking import REMARKS, look
from cnnkeras.datasets.source import SourceProblem

if TYPE_CHECKING:
    import tensorflow as tf

OnProblem = Literal["error", "skip"]
# How many files are named at most where many are wrong.
NAMED = 20


@dataclass(frozen=True)
class Picture:
    """A picture file: where it lies, its name (for the split too), its class, and where it was named."""

    file: str
    name: str
    label: int
    origin: str = ""

    @property
    def shown(self) -> str:
        """Give the name, and where it was named."""
        return f"{self.name} ({self.origin})" if self.origin else self.name


def usable(
    pictures: Sequence[Picture], on_problem: OnProblem, keys: tuple[str | int, ...]
) -> tuple[list[Picture], list[str]]:
    """Give the pictures that can be used, and what is to be said of them.

    With "error", the beginning of every file is looked at; that it can be decoded is seen when it is, once, before
    training. With "skip" how many are left has to be known first, so every file is decoded once for that.
    Raises SourceProblem, at `keys` of the data section, where the policy is "error" and any can't be used.
    """
    looks = [look(picture.file) for picture in pictures]
    problems = {
        picture.shown: each.problem for picture, each in zip(pictures, looks, strict=True) if each.problem is not None
    }
    if problems and on_problem == "error":
        raise cant_be_used(problems | undecodable(_without(pictures, problems)), len(pictures), keys)
    if on_problem == "skip":
        problems |= undecodable(_without(pictures, problems))
    kept = _without(pictures, problems)
    notes = [f"data: {_left_out(problems, len(pictures))}"] if problems else []
    for remark in REMARKS:
        names = [
            picture.shown
            for picture, each in zip(pictures, looks, strict=True)
            if remark in each.remarks and picture.shown not in problems
        ]
        if names:
            notes.append(f"data: {_pictures(len(names))} {remark}: {_some(names, 5)}")
    return kept, notes


def undecodable(pictures: Sequence[Picture]) -> dict[str, str]:
    """Decode every picture; give what is wrong with those that can't be, by name."""
    import tensorflow as tf

    from cnnkeras.datasets.pictures.decoding import decode

    if not pictures:
        return {}
    files = tf.data.Dataset.from_tensor_slices(file_names(pictures)).enumerate()
    tried = files.map(
        lambda index, file: (index, tf.size(decode(tf.io.read_file(file)))),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=False,
    )
    batches = tried.ignore_errors().batch(1024).as_numpy_iterator()
    good = {int(index) for indices, _ in batches for index in indices}
    reason = "can't be decoded: it is cut off or broken"
    return {picture.shown: reason for index, picture in enumerate(pictures) if index not in good}


def file_names(pictures: Sequence[Picture]) -> tf.Tensor:
    """Give where the pictures lie; a name in a file system need not be text."""
    import tensorflow as tf

    return tf.constant([os.fsencode(picture.file) for picture in pictures], tf.string)


class Verification:
    """Finds out, once, which of the pictures that looked well can't be decoded."""

    def __init__(self, pictures: Sequence[Picture], keys: tuple[str | int, ...]) -> None:
        self.find = cache(lambda: self._find(pictures, keys))

    def _find(self, pictures: Sequence[Picture], keys: tuple[str | int, ...]) -> SourceProblem | None:
        problems = undecodable(pictures)
        return cant_be_used(problems, len(pictures), keys) if problems else None


def cant_be_used(problems: Mapping[str, str], total: int, keys: tuple[str | int, ...]) -> SourceProblem:
    """Make the error that names every picture that can't be used."""
    message = f"{len(problems):,} of {total:,} pictures can't be used"
    return SourceProblem(
        keys, message, 'mend or remove them, or leave them out with "on_problem": "skip"', listed(problems)
    )


def listed(problems: Mapping[str, str]) -> tuple[str, ...]:
    """Give one line for each problem, up to NAMED, in the order of their names."""
    lines = [f"{name} {problems[name]}" for name in sorted(problems)[:NAMED]]
    return (*lines, f"… and {len(problems) - NAMED:,} more") if len(problems) > NAMED else tuple(lines)


def _without(pictures: Iterable[Picture], problems: Mapping[str, str]) -> list[Picture]:
    return [picture for picture in pictures if picture.shown not in problems]


def _left_out(problems: Mapping[str, str], total: int) -> str:
    return f"{len(problems):,} of {total:,} pictures left out: {'; '.join(listed(problems))}"


def _pictures(count: int) -> str:
    return "1 picture is" if count == 1 else f"{count:,} pictures are"


def _some(names: Sequence[str], most: int) -> str:
    shown = ", ".join(sorted(names)[:most])
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown
