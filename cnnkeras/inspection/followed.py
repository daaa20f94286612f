"""Some validation pictures that are looked at again and again while the network learns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from cnnkeras.datasets.source import Data, Part
from cnnkeras.inspection.figures.style import to_png
from cnnkeras.inspection.subject import as_inputs, drawn_by_lot, examples
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.heads import head

# So many, drawn by lot among the first: to reach the last of a large part, all of it would have to be read.
COUNT, AMONG = 16, 160

# Makes answers of the main output.
ReadAnswers = Callable[[Any, Architecture], Any]
# Draws pictures, their labels, and the answers to them, with the classes' names.
SampleFigure = Callable[[Sequence[np.ndarray], Sequence[np.ndarray], Any, Sequence[str], Architecture], Figure]


def probabilities(outputs: Any, architecture: Architecture) -> np.ndarray:
    """Give the probability of each class."""
    return np.asarray(head(architecture).probabilities(tf.cast(outputs, tf.float32)))


class Followed:
    """The pictures, read when they are first needed, and how they are drawn."""

    def __init__(
        self,
        data: Data,
        architecture: Architecture,
        figure: SampleFigure,
        count: int = COUNT,
        read: ReadAnswers = probabilities,
    ) -> None:
        self._part: Part = data.parts["validation"]
        self._class_names = data.class_names
        self._architecture = architecture
        self._figure = figure
        self._count = count
        self._read = read

    @cached_property
    def _examples(self) -> list[tuple[np.ndarray, np.ndarray]]:
        kind = self._architecture.task.label if self._architecture.task else None
        return examples(self._part, drawn_by_lot(min(self._part.size, AMONG), self._count), kind)

    @cached_property
    def _inputs(self) -> np.ndarray:
        return as_inputs([picture for picture, _ in self._examples], self._architecture)

    def look(self, model: keras.Model) -> Any:
        """Give the network's answers to them as it is now."""
        outputs = model(self._inputs, training=False)
        main = outputs[0] if isinstance(outputs, list | tuple) else outputs
        return self._read(main, self._architecture)

    def draw(self, answers: Any) -> bytes:
        """Draw what it answered, as PNG."""
        pictures, labels = zip(*self._examples, strict=True)
        return to_png(self._figure(pictures, labels, answers, self._class_names, self._architecture))
