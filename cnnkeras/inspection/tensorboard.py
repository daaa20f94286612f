"""What TensorBoard shows while a network is trained."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.inspection.budget import Budget
from cnnkeras.inspection.events import TRAIN, VALIDATION, Events
from cnnkeras.inspection.followed import Followed
from cnnkeras.inspection.graph import architecture_graph
from cnnkeras.inspection.texts import texts
from cnnkeras.spec.architecture import Architecture

# The share of the training's time that histograms and pictures may take; what would exceed it is left out for an
# epoch. Scalars and the first epoch's histograms are always written, the first answers at the latest at the end.
SHARE = 0.02
# What the first of them takes, as long as none has been timed.
EXPECTED_SECONDS = {"answers": 1.0, "histograms": 0.05}
# Of a larger weight every n-th number is counted: the histogram of so many has the same shape.
COUNTED = 50_000
LEARNING_RATE, SPEED, ANSWERS = "learning_rate", "images_per_second", "answers"
VALIDATION_PREFIX = "val_"

Logs = Mapping[str, Any] | None


def describe(events: Events, model: keras.Model, architecture: Architecture) -> None:
    """Write what is known before the first step: the file, the check's table, the graph."""
    for name, text in texts(architecture).items():
        events.text(TRAIN, name, text)
    events.graph(TRAIN, architecture_graph(model, architecture))


class TensorBoardCallback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Writes scalars, histograms of the weights, and the answers to some pictures, once an epoch.

    Train and validation have the same tags in two folders, and so stand in one chart. keras.callbacks.TensorBoard
    is not used: it looks at every batch, counts every number of every weight, and knows no pictures.
    """

    def __init__(self, events: Events, architecture: Architecture, train_size: int, followed: Followed | None) -> None:
        super().__init__()
        self._events = events
        self._architecture = architecture
        self._train_size = train_size
        self._followed = followed
        # The first epoch's answers, until they are drawn.
        self._waiting: tuple[int, np.ndarray] | None = None
        self._is_first = True
        self._budget = Budget(SHARE, EXPECTED_SECONDS)
        self._epoch_began = self._train_ended = self._learning_rate = 0.0
        # The last epoch, and the last of which histograms or answers were written.
        self._step = self._counted = self._answered = 0

    def on_train_begin(self, logs: Logs = None) -> None:  # noqa: ARG002  # Keras's signature, here and below
        """Write what is known before the first step."""
        self._budget = Budget(SHARE, EXPECTED_SECONDS)
        with self._budget.spend("start"):
            describe(self._events, self.model, self._architecture)
            self._events.flush()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:  # noqa: ARG002
        """Start the epoch's clock, and note its rate: at its end a schedule shows the next one's."""
        self._epoch_began, self._train_ended = time.perf_counter(), 0.0
        self._learning_rate = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))

    def on_test_begin(self, logs: Logs = None) -> None:  # noqa: ARG002
        """Stop the clock: validation is not training."""
        self._train_ended = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:
        """Write the epoch's scalars, and what else the time allows."""
        seconds, step = (self._train_ended or time.perf_counter()) - self._epoch_began, epoch + 1
        self._step = step
        with self._budget.spend("scalars"):
            self._write_scalars(step, {SPEED: self._train_size / seconds, **(logs or {})})
            if self._is_first and self._followed:
                self._waiting = (step, self._followed.look(self.model))
        if self._is_first or self._budget.affords("histograms"):
            with self._budget.spend("histograms"):
                self._write_histograms(step)
        if self._followed and self._budget.affords("answers"):
            with self._budget.spend("answers"):
                self._write_answers(self._followed, step)
        self._is_first = False
        self._events.flush()

    def on_train_end(self, logs: Logs = None) -> None:  # noqa: ARG002
        """Write the last epoch's histograms and answers if there was no time before, and close. It may come twice."""
        if self._counted < self._step:
            self._write_histograms(self._step)
        if self._followed and self._answered < self._step:
            self._write_answers(self._followed, self._step)
        self._events.close()

    def _write_scalars(self, step: int, values: dict[str, Any]) -> None:
        values[LEARNING_RATE] = self._learning_rate
        train = {name: value for name, value in values.items() if not name.startswith(VALIDATION_PREFIX)}
        validation = {
            name.removeprefix(VALIDATION_PREFIX): value for name, value in values.items() if name not in train
        }
        self._events.scalars(TRAIN, train, step)
        if validation:
            self._events.scalars(VALIDATION, validation, step)

    def _write_histograms(self, step: int) -> None:
        self._counted = step
        for weight in self.model.weights:
            numbers = tf.reshape(weight.value, [-1])
            sample = numbers[:: max(1, numbers.shape[0] // COUNTED)].numpy()
            # A network that has diverged has no histogram, and shall not fail for it.
            finite = sample[np.isfinite(sample)]
            if finite.size:
                self._events.histogram(TRAIN, weight.path, finite, step)

    def _write_answers(self, followed: Followed, step: int) -> None:
        """Draw the first epoch's answers once, then those of now."""
        waiting, self._waiting, self._answered = self._waiting, None, step
        if waiting:
            self._events.image(VALIDATION, ANSWERS, followed.draw(waiting[1]), waiting[0])
        if waiting is None or waiting[0] != step:
            self._events.image(VALIDATION, ANSWERS, followed.draw(followed.look(self.model)), step)
