"""Answers about picture files, from a run's export: what a server would say, without one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import tensorflow as tf

from cnnkeras.datasets.pictures.looking import look
from cnnkeras.errors import Diagnostic, UserError, first_line
from cnnkeras.serving.answering import Answering
from cnnkeras.serving.boxes import BOXES, BoxWriter
from cnnkeras.serving.masks import MASK, MaskWriter
from cnnkeras.serving.picture_files import finding, picture_files
from cnnkeras.serving.pictures import decode
from cnnkeras.serving.predictions import PictureAnswer, Row, Writer
from cnnkeras.tasks.digits import shortest

FIRST = ("label", "score")

Numbered = tuple[int, Path]
Watch = Callable[[Sequence[Path]], Iterator[Path]]


@dataclass(frozen=True)
class Predicted:
    """A row for each picture that was answered, and what is wrong with each of the others.

    `stop` is what stopped it before the last of `count` pictures.
    """

    table: pd.DataFrame
    problems: tuple[Diagnostic, ...]
    count: int
    stop: KeyboardInterrupt | None = None


def predict(answering: Answering, places: Sequence[Path], watch: Watch = iter) -> Predicted:
    """Give one row a picture: `file`, then the task's answers that are one value a picture (`label`, `score`, …).

    Where the answer is a mask or boxes, they are written into a new folder in the run's `predictions/`, and drawn on
    the picture; the row names the files. `places` are files, folders and patterns. `watch` goes along with the files,
    to show how far it is. Where it is stopped, what was answered by then is given.

    Raises:
        UserError: files are not there, or none of them is a picture that can be answered: all of them at once.

    """
    files = picture_files(places)
    rows: list[Row] = []
    problems: list[Diagnostic] = []
    writer = _writer(answering)
    numbered = enumerate(watch(files), 1)
    stop = None
    try:
        while some := list(islice(numbered, writer.together)):
            for (number, file), encoded, answer in _answers(some, answering):
                if isinstance(answer, Diagnostic):
                    problems.append(answer)
                else:
                    rows.append(writer.write(number, file, encoded, answer))
    except KeyboardInterrupt as error:
        if not rows:
            raise
        stop = error
    if problems and not rows:
        raise UserError(*problems)
    writer.finish()
    return Predicted(pd.DataFrame(rows), tuple(problems), len(files), stop)


def _writer(answering: Answering) -> Writer:
    if BOXES in answering.outputs:
        return BoxWriter(answering.run, answering.known)
    return MaskWriter(answering.run, answering.known) if MASK in answering.outputs else LabelWriter()


class LabelWriter:
    """Writes no files: the answers that are one value a picture are the row, the label first."""

    together = 32

    def write(self, number: int, file: Path, encoded: bytes, answer: PictureAnswer) -> Row:  # noqa: ARG002  # a Writer's
        """Give the row; TensorFlow keeps no order of the answers."""
        names = sorted((name for name in answer if not answer[name].ndim), key=lambda name: (name not in FIRST, name))
        return {"file": str(file), **{name: _plain(answer[name]) for name in names}}

    def finish(self) -> None:
        """Write nothing."""


def _plain(value: np.ndarray) -> object:
    if value.dtype == np.float32:
        return shortest(value)
    plain = value.item()
    return plain.decode() if isinstance(plain, bytes) else plain


def _answers(
    some: Sequence[Numbered], answering: Answering
) -> Iterator[tuple[Numbered, bytes, PictureAnswer | Diagnostic]]:
    """Answer pictures together; or one by one where they can't share a batch, as where sizes differ and are free."""
    contents = [file.read_bytes() for _, file in some]
    try:
        answers = {name: value.numpy() for name, value in answering.ask(tf.constant(contents)).items()}
    except tf.errors.InvalidArgumentError as failure:
        if len(some) == 1:
            yield some[0], contents[0], _problem(some[0][1], contents[0], answering, failure)
        else:
            for each in some:
                yield from _answers([each], answering)
        return
    for index, (each, encoded) in enumerate(zip(some, contents, strict=True)):
        yield each, encoded, {name: np.asarray(value[index]) for name, value in answers.items()}


def _problem(file: Path, encoded: bytes, answering: Answering, failure: tf.errors.OpError) -> Diagnostic:
    """Say whether the file is no picture, or one that the network can't take."""
    try:
        height, width, _ = decode(tf.constant(encoded), answering.channels).shape
    except tf.errors.InvalidArgumentError:
        # The words in which `data` tells it of the pictures of a training.
        problem = look(str(file)).problem
        hint = "JPEG, PNG, GIF and BMP are read" if problem else "copy it again, or leave it out"
        return finding(file, problem or "is cut off or broken", hint=hint)
    return finding(file, f"the network can't take this picture of {height}×{width} pixels: {first_line(failure)}")
