"""What every source gives: parts of pictures and labels, one form for all tasks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cnnkeras.spec.data import DataSection

if TYPE_CHECKING:
    import tensorflow as tf

PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Part:
    """One part of the data.

    `examples()` gives a tf.data.Dataset of single examples in a fixed order: a dict of `image`, uint8
    `(height, width, channels)` as the data has it, and `label`, an int64 scalar (other tasks: what the task reads).
    """

    name: str
    size: int
    examples: Callable[[], tf.data.Dataset]


@dataclass(frozen=True)
class Data:
    """A loaded source: its parts by name (`train`, `validation`, `test`) and the labels' names."""

    parts: Mapping[str, Part]
    class_names: tuple[str, ...]


class Source(DataSection):
    """A data source: one subclass a file in `sources/`, named in `SOURCES`."""

    @abstractmethod
    def load(self) -> Data:
        """Read the data. Raises RunError where it can't be had, UserError where the file names it wrongly."""
