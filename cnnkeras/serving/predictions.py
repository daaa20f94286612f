"""Where the files that `predict` writes go, and what it knows of the network that answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Protocol

import numpy as np

from cnnkeras.errors import RunError, first_line
from cnnkeras.spec.input import InputSection
from cnnkeras.spec.prediction import PredictionSection

Row = dict[str, object]
PictureAnswer = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class Known:
    """What an export says of itself: its classes' names, how pictures come to its input, and what is an object."""

    class_names: tuple[str, ...]
    section: InputSection
    smallest_object: int = 1

    @classmethod
    def of(cls, export: Path) -> Known:
        """Read it. Raises RunError where what it says is not there, or can't be read."""
        try:
            return cls._of(export / "assets.extra")
        except (OSError, ValueError, TypeError, AttributeError) as error:
            message = f"{export} does not say what its classes and its input are: {first_line(error)}"
            raise RunError(message, "export the run again: python run.py export RUN") from error

    @classmethod
    def _of(cls, extras: Path) -> Known:
        fields = json.loads((extras / "input.json").read_text("utf-8"))
        section = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
        names = tuple(json.loads((extras / "class_names.json").read_text("utf-8")))
        prediction = json.loads((extras / "architecture.json").read_text("utf-8")).get("prediction", {})
        smallest = PredictionSection.model_validate(prediction).smallest_object
        return cls(names, InputSection.model_validate(section), smallest)


class Writer(Protocol):
    """Makes files, and a row of the table, of the answer to each picture. `together` is how many are asked at once."""

    together: int

    def write(self, number: int, file: Path, encoded: bytes, answer: PictureAnswer) -> Row:
        """Take the answer to the picture of that number, from 1, whose file holds `encoded`; give its row."""

    def finish(self) -> None:
        """Write what is about all of them."""


def next_folder(run: Path) -> Path:
    """Make the next folder in `run/predictions/`."""
    folder = run / "predictions"
    for number in count(1):
        try:
            (folder / str(number)).mkdir(parents=True)
        except FileExistsError:
            continue
        break
    return folder / str(number)
