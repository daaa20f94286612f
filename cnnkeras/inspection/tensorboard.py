"""What TensorBoard shows while a network is trained."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import keras

from cnnkeras.analysis.analysis import analyse
from cnnkeras.inspection.budget import Budget
from cnnkeras.inspection.epoch_looks import Look
from cnnkeras.inspection.events import TRAIN, VALIDATION, Events
from cnnkeras.inspection.followed import Followed
from cnnkeras.inspection.graph import architecture_graph
from cnnkeras.inspection.hyperparameters import hyperparameters
from cnnkeras.inspection.texts import texts
from cnnkeras.spec.architecture import Architecture

# The share of the training's time that histograms and pictures may take; what would exceed it is left out for an
# epoch. Scalars are always written, and everything else at the latest at the end.
SHARE = 0.02
# What came of the first epoch is worth more: for each kind a share of that epoch, which is the slowest.
FIRST_SHARE = 0.2
# What the first answers take, as long as none have been timed, and so short that nobody is asked.
ANSWERS_SECONDS, SHORT = 1.0, 0.1
ANSWERS = "answers"
VALIDATION_PREFIX = "val_"
# What stands in history.csv and has no chart of its own.
_CLOCK = ("epoch", "seconds")

Logs = Mapping[str, Any] | None


def describe(events: Events, model: keras.Model, architecture: Architecture) -> None:
    """Write what is known before the first step: the file, the check's table, the graph, the hyper-parameters."""
    for name, text in texts(architecture).items():
        events.text(TRAIN, name, text)
    events.graph(TRAIN, architecture_graph(model, architecture))
    events.hyperparameters(hyperparameters(architecture, analyse(architecture)))


class TensorBoardCallback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Writes scalars, what the looks see, and the answers to some pictures, once an epoch.

    Train and validation have the same tags in two folders, and so stand in one chart. keras.callbacks.TensorBoard
    is not used: it looks at every batch, counts every number of every weight, and knows no pictures.
    `history` gives the rows of history.csv, where an epoch is written down before this hears of its end.
    """

    def __init__(
        self,
        events: Events,
        architecture: Architecture,
        history: Callable[[], Sequence[Mapping[str, float]]],
        followed: Followed | None,
        looks: Sequence[Look] = (),
    ) -> None:
        super().__init__()
        self._events = events
        self._architecture = architecture
        self._history = history
        self._followed = followed
        self._looks = looks
        # The first epoch's answers, until they are drawn.
        self._waiting: tuple[int, Any] | None = None
        self._is_first = True
        self._budget = self._new_budget()
        self._epoch_began = self._train_ended = 0.0
        # The last epoch whose scalars each part has, from this process or from one that it goes on for.
        self._written = {TRAIN: 0, VALIDATION: 0}
        # The last epoch, and the last of which answers, or what a look sees, were written.
        self._step = self._answered = 0
        self._seen: dict[str, int] = {}

    def on_train_begin(self, logs: Logs = None) -> None:  # noqa: ARG002  # Keras's signature, here and below
        """Write what is known before the first step, and what an earlier process has trained and not written."""
        self._budget = self._new_budget()
        with self._budget.spend("start"):
            self._written = {part: self._events.last_step(part) for part in self._written}
            if not self._written[TRAIN]:
                describe(self._events, self.model, self._architecture)
            self._write_scalars()
            self._events.flush()

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:  # noqa: ARG002
        """Start the epoch's clock."""
        self._epoch_began, self._train_ended = time.perf_counter(), 0.0

    def on_test_begin(self, logs: Logs = None) -> None:  # noqa: ARG002
        """Stop the clock: validation is not training."""
        self._train_ended = time.perf_counter()

    def on_epoch_end(self, epoch: int, logs: Logs = None) -> None:  # noqa: ARG002
        """Write the epoch's scalars, and what else the time allows."""
        seconds, step = (self._train_ended or time.perf_counter()) - self._epoch_began, epoch + 1
        self._step = step
        with self._budget.spend("scalars"):
            self._write_scalars()
            if self._is_first and self._followed:
                self._waiting = (step, self._followed.look(self.model))
        for look in self._looks:
            is_worth = self._is_first and look.seconds < max(SHORT, FIRST_SHARE * seconds)
            if is_worth or self._budget.affords(look.kind):
                self._look(look, step)
        if self._followed and self._budget.affords(ANSWERS):
            with self._budget.spend(ANSWERS):
                self._write_answers(self._followed, step)
        self._is_first = False
        self._events.flush()

    def on_train_end(self, logs: Logs = None) -> None:  # noqa: ARG002
        """Write what the last epoch had no time for, and close. It may come twice."""
        for look in self._looks:
            if self._seen.get(look.kind, 0) < self._step:
                self._look(look, self._step)
        if self._followed and self._answered < self._step:
            self._write_answers(self._followed, self._step)
        self._events.close()

    def _new_budget(self) -> Budget:
        return Budget(SHARE, {ANSWERS: ANSWERS_SECONDS, **{look.kind: look.seconds for look in self._looks}})

    def _look(self, look: Look, step: int) -> None:
        self._seen[look.kind] = step
        with self._budget.spend(look.kind):
            look.write(self._events, self.model, step)

    def _write_scalars(self) -> None:
        """Write what history.csv has and the events have not: a process that was killed left no gap, and no overlap."""
        for row in self._history():
            values = {name: value for name, value in row.items() if name not in _CLOCK}
            validation = {name for name in values if name.startswith(VALIDATION_PREFIX)}
            parts = {
                TRAIN: {name: value for name, value in values.items() if name not in validation},
                VALIDATION: {name.removeprefix(VALIDATION_PREFIX): values[name] for name in sorted(validation)},
            }
            for part, scalars in parts.items():
                if scalars and int(row["epoch"]) > self._written[part]:
                    self._events.scalars(part, scalars, int(row["epoch"]))
                    self._written[part] = int(row["epoch"])

    def _write_answers(self, followed: Followed, step: int) -> None:
        """Draw the first epoch's answers once, then those of now."""
        waiting, self._waiting, self._answered = self._waiting, None, step
        if waiting:
            self._events.image(VALIDATION, ANSWERS, followed.draw(waiting[1]), waiting[0])
        if waiting is None or waiting[0] != step:
            self._events.image(VALIDATION, ANSWERS, followed.draw(followed.look(self.model)), step)
