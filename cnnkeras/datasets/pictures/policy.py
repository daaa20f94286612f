"""Which picture files can be used, by the policies of the file, and which of them need a repair."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from cnnkeras.datasets.pictures.defects import Problem
from cnnkeras.datasets.pictures.exif import UPRIGHT
from cnnkeras.datasets.pictures.findings import Findings, listed, refusal
from cnnkeras.datasets.pictures.looking import MISSING, look
from cnnkeras.datasets.pictures.whereabouts import whereabouts
from cnnkeras.datasets.source import SourceProblem

if TYPE_CHECKING:
    import tensorflow as tf

# So many are named where all have one cause.
FEW = 3


@dataclass(frozen=True)
class Picture:
    """A picture file: where it lies, its name (for the split too), its class, and where it was named.

    What looking at it tells: its `format`, how EXIF turns it, and that it was cut off and is decoded as far as it goes.
    """

    file: str
    name: str
    label: int
    origin: str = ""
    recover: bool = False
    format: str = ""
    orientation: int = UPRIGHT

    @property
    def shown(self) -> str:
        """Give the name, and where it was named."""
        return f"{self.name} ({self.origin})" if self.origin else self.name


def usable(pictures: Sequence[Picture], findings: Findings, total: int | None = None) -> list[Picture]:
    """Give the pictures that can be used; what is wrong with them goes into the findings, of `total` pictures in all.

    The beginning of every file is looked at. That it can be decoded is seen when it is, once, before training; where
    the policy for it is not "error", how many are left has to be known first, so every file is decoded once for that.
    Raises SourceProblem that names them all, where the policy of any problem is "error".
    """
    kept = [seen for picture in pictures if (seen := _seen(picture, findings)) is not None]
    _refuse_where_none_is_there(pictures, findings)
    stopped = any(findings.policy(problem) == "error" for problem in findings.problems)
    if stopped or findings.wanted("truncated") != "error":
        kept = _decodable(kept, findings)
    findings.refuse(len(pictures) if total is None else total)
    return kept


def _refuse_where_none_is_there(pictures: Sequence[Picture], findings: Findings) -> None:
    """Raise SourceProblem with what all of them have in common, and not one cause a picture."""
    missing = [problem for problem in findings.problems if problem.code == "missing_picture"]
    if len(pictures) < 2 or len(missing) < len(pictures):
        return
    if all(look(picture.file) is MISSING for picture in pictures):
        message = f"none of its {len(pictures):,} pictures is there"
        raise SourceProblem(findings.keys, message, whereabouts(pictures[0].file), listed(missing[:FEW]))


def _seen(picture: Picture, findings: Findings) -> Picture | None:
    """Look at one file; None where it is not used."""
    found = look(picture.file)
    if found.problem is not None:
        findings.add("missing_picture" if found is MISSING else "unreadable", picture.shown, found.problem)
        return None
    policies = [findings.add(code, picture.shown) for code in found.defects]
    return (
        None
        if {"skip", "error"} & {*policies}
        else replace(picture, format=found.format, orientation=found.orientation)
    )


def _decodable(pictures: Sequence[Picture], findings: Findings) -> list[Picture]:
    """Give the pictures that can be decoded, those that have to be recovered as such."""
    broken = undecodable(pictures)
    if not broken:
        return [*pictures]
    wanted = [replace(picture, recover=True) for picture in pictures if picture in broken]
    hopeless = undecodable(wanted) if findings.wanted("truncated") == "repair" else {*wanted}
    recovered = {}
    for picture in wanted:
        detail = "" if findings.wanted("truncated") != "repair" or picture not in hopeless else HOPELESS
        if findings.add("truncated", picture.shown, detail, picture not in hopeless) == "repair":
            recovered[replace(picture, recover=False)] = picture
    return [recovered.get(picture, picture) for picture in pictures if picture not in broken or picture in recovered]


HOPELESS = "can't be decoded, and can't be repaired: too little of it is there, or it is no JPEG"


def undecodable(pictures: Sequence[Picture]) -> set[Picture]:
    """Decode every picture; give those that can't be."""
    import tensorflow as tf

    if not pictures:
        return set()
    read = reader(pictures)
    tried = (
        encoded(pictures)
        .enumerate()
        .map(
            lambda index, given: (index, tf.size(read(*given))),
            num_parallel_calls=tf.data.AUTOTUNE,
            deterministic=False,
        )
    )
    batches = tried.ignore_errors().batch(1024).as_numpy_iterator()
    good = {int(index) for indices, _ in batches for index in indices}
    return {picture for index, picture in enumerate(pictures) if index not in good}


def encoded(pictures: Sequence[Picture]) -> tf.data.Dataset:
    """Give what a `reader` takes: where each picture lies, how it is turned, whether it has to be recovered."""
    import tensorflow as tf

    names = tf.constant([os.fsencode(picture.file) for picture in pictures], tf.string)  # a name need not be text
    turns = tf.constant([picture.orientation for picture in pictures], tf.int32)
    return tf.data.Dataset.from_tensor_slices((names, turns, [picture.recover for picture in pictures]))


def reader(pictures: Sequence[Picture]) -> Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]:
    """Give what reads and decodes these pictures; asking each how it lies costs time, and most never need it."""
    import tensorflow as tf

    from cnnkeras.datasets.pictures.decoding import decode

    plain = all(picture.orientation == UPRIGHT and not picture.recover for picture in pictures)

    def read(file: tf.Tensor, orientation: tf.Tensor, recover: tf.Tensor) -> tf.Tensor:
        content = tf.io.read_file(file)
        if plain:
            return decode(content, orientation=UPRIGHT)
        return tf.cond(
            recover,
            lambda: decode(content, recover=True, orientation=orientation),
            lambda: decode(content, orientation=orientation),
        )

    return read


class Verification:
    """Finds out, once, which of the pictures that looked well can't be decoded."""

    def __init__(self, pictures: Sequence[Picture], keys: tuple[str | int, ...]) -> None:
        self.find = cache(lambda: self._find(pictures, keys))

    def _find(self, pictures: Sequence[Picture], keys: tuple[str | int, ...]) -> SourceProblem | None:
        broken = undecodable(pictures)
        problems = [Problem("truncated", picture.shown) for picture in broken]
        return refusal(problems, len(pictures), keys) if problems else None
