"""What every source gives: parts of pictures and labels, one form for all tasks."""

from __future__ import annotations

import functools
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import Field

from cnnkeras.datasets.pictures.defects import OnProblem, Problem, tolerant
from cnnkeras.layers.fields import Natural
from cnnkeras.spec.data import DataSection

if TYPE_CHECKING:
    import tensorflow as tf

PARTS = ("train", "validation", "test")
# An empty one would be the current directory, and is a variable of the shell that nobody has set.
DataPath = Annotated[str, Field(min_length=1)]


class SourceProblem(ValueError):
    """A `data` section that the source can't follow, seen only once the data is there.

    Args:
        keys: what leads to the value at fault, from the data section: `("split", "test")`.
        message: what is wrong.
        hint: what to change.
        notes: more lines, such as one for each file.

    """

    def __init__(
        self, keys: tuple[str | int, ...], message: str, hint: str | None = None, notes: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.keys = keys
        self.message = message
        self.hint = hint
        self.notes = notes


@dataclass(frozen=True)
class Part:
    """One part of the data.

    `examples()` gives a tf.data.Dataset of single examples in a fixed order: a dict of `image`, uint8
    `(height, width, channels)` as the data has it, and `label`: an int64 scalar, or for segmentation a mask, uint8
    `(height, width)` like its picture, with the class of every pixel or VOID. For detection there are `boxes`, float32
    `(n, 4)`: left, top, right, bottom in the picture's own pixels, and `classes`, int64 `(n,)`; n may be 0. More that
    a source knows may stand beside them. Labels are below `num_classes`; None leaves them unchecked. Where examples
    can't be read, `find_problem` looks which, and tells all of them at once. `names` are the examples' own, for people;
    () where they have none.
    """

    name: str
    size: int
    examples: Callable[[], tf.data.Dataset]
    num_classes: int | None = None
    find_problem: Callable[[], SourceProblem | None] | None = None
    names: Sequence[str] = field(default=(), repr=False, compare=False)

    def name_of(self, index: int) -> str:
        """Give what an example is called: its file, its place in the user's data, or else its place in the part."""
        return self.names[index] if self.names else f"{self.name} example {index}"


def together(parts: Sequence[Part]) -> Part:
    """Give one part, the test, of all examples of several."""

    def examples() -> tf.data.Dataset:
        datasets = [part.examples() for part in parts]
        return functools.reduce(lambda one, other: one.concatenate(other), datasets)

    def find_problem() -> SourceProblem | None:
        found = (part.find_problem() for part in parts if part.find_problem is not None)
        return next((problem for problem in found if problem is not None), None)

    names = [name for part in parts for name in part.names] if all(part.names for part in parts) else ()
    size = sum(part.size for part in parts)
    return Part("test", size, examples, parts[0].num_classes, find_problem, names)


@dataclass(frozen=True)
class Data:
    """A loaded source: its parts by name (`train`, `validation`, `test`), the labels' names, and what is to be said.

    `problems` is all that was found wrong, what the notes sum up; `remarks` tell what is not wrong, and may surprise;
    `formats` is how many files there are of each format.
    """

    parts: Mapping[str, Part]
    class_names: tuple[str, ...]
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    formats: Mapping[str, int] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()


class Source(DataSection):
    """A data source: one subclass a file in `sources/`, named in `SOURCES`."""

    @property
    def policies(self) -> OnProblem | None:
        """Give what is done about problems; None where the source has no such policies."""
        return None

    def tolerant(self) -> Self:
        """Give the same source that stops for nothing that it can leave out or report."""
        return self

    @abstractmethod
    def load(self) -> Data:
        """Open the data. Raises RunError where it can't be had, SourceProblem where the file names it wrongly."""


class FileSource(Source):
    """A source of the user's own files.

    `path` counts from the current directory, or begins with ~ or /. `seed` chooses among the ways to hold out the parts
    that the files lack. `on_problem` is what to do with files that are no pictures, broken or otherwise not as they
    should be (`pictures/defects.py`).
    """

    path: DataPath
    seed: Natural = 0
    on_problem: OnProblem = "error"

    @property
    def policies(self) -> OnProblem | None:
        """Give what is done about problems."""
        return self.on_problem

    def tolerant(self) -> Self:
        """Give the same source with policies of which none stops."""
        return self.model_copy(update={"on_problem": tolerant(self.on_problem)})
