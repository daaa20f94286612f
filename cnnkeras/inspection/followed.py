"""Some validation pictures that are looked at again and again while the network learns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property

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

# Draws pictures, their labels, the network's probabilities for them, with the classes' names.
SampleFigure = Callable[[Sequence[np.ndarray], Sequence[np.ndarray], np.ndarray, Sequence[str], Architecture], Figure]


class Followed:
    """The pictures, read when they are first needed, and how they are drawn."""

    def __init__(self, data: Data, architecture: Architecture, figure: SampleFigure, count: int = COUNT) -> None:
        self._part: Part = data.parts["validation"]
        self._class_names = data.class_names
        self._architecture = architecture
        self._figure = figure
        self._count = count

    @cached_property
    def _examples(self) -> list[tuple[np.ndarray, np.ndarray]]:
        return examples(self._part, drawn_by_lot(min(self._part.size, AMONG), self._count))

    @cached_property
    def _inputs(self) -> np.ndarray:
        return as_inputs([picture for picture, _ in self._examples], self._architecture)

    def look(self, model: keras.Model) -> np.ndarray:
        """Give the network's probabilities for them as it is now."""
        outputs = model(self._inputs, training=False)
        main = outputs[0] if isinstance(outputs, list | tuple) else outputs
        return np.asarray(head(self._architecture).probabilities(tf.cast(main, tf.float32)))

    def draw(self, probabilities: np.ndarray) -> bytes:
        """Draw what it answered, as PNG."""
        pictures, labels = zip(*self._examples, strict=True)
        return to_png(self._figure(pictures, labels, probabilities, self._class_names, self._architecture))
