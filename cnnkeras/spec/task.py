"""What the checks need to know of a task. The tasks themselves stand in `cnnkeras.tasks`, one file each."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from cnnkeras.layers.base import LayerProblem, Shape
from cnnkeras.spec.data import DataSection
from cnnkeras.spec.label import Label


class Task(ABC):
    """The face of a task that needs no TensorFlow."""

    name: ClassVar[str]
    label: ClassVar[Label]
    # Whether an output should be able to see the whole picture (a lint compares the receptive field).
    sees_whole: ClassVar[bool]
    # The losses and metrics that `training` may name for this task, by Keras's names.
    losses: ClassVar[tuple[str, ...]]
    metrics: ClassVar[tuple[str, ...]]

    @abstractmethod
    def check_output(self, shape: Shape, num_classes: int | None) -> LayerProblem | None:
        """Tell what is wrong with the network's output for data of so many classes, or None."""


@dataclass(frozen=True)
class Registry:
    """The names that a file may use for sources and tasks, given by the command line's caller.

    They are given, and not imported, because sources and tasks stand to the right of the format.
    """

    sources: Mapping[str, type[DataSection]] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
