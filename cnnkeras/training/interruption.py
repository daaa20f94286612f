"""Ctrl-C and the system's request to end: heard at once, obeyed after the step."""

# ruff: noqa: ARG002 - Keras tells its callbacks more than they ask for

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

import keras

from cnnkeras.stopping import asked, drop_terminal_at, heard_signals, name_of
from cnnkeras.training.group import Agreement, Alone


class Interrupted(Exception):
    """The training was asked to stop, by a signal or a worker of this name."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Interruption:
    """Hears SIGINT, SIGTERM and SIGHUP while it is entered. A second one ends the process in Python's usual way."""

    def __init__(self) -> None:
        # Who was asked before it was entered, and did not end, is to end now.
        self.name: str | None = asked()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interruption:
        # Python lets only the main thread listen; elsewhere the thread's owner decides when to stop.
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, *heard_signals()):
                self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._restore()

    def _hear(self, number: int, frame: FrameType | None) -> None:
        self.name = name_of(number)
        drop_terminal_at(number)
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}


class StopWhenInterrupted(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Leaves `fit` after the step that runs, in training or validation, by raising Interrupted.

    `save` is called first: what was trained is not lost. Of several workers all stop when one is interrupted.
    """

    def __init__(
        self, interruption: Interruption, save: Callable[[], None], agreement: Agreement | None = None
    ) -> None:
        super().__init__()
        self._interruption = interruption
        self._save, self._agreement = save, agreement or Alone()
        # Counted over epochs and validations: an epoch may have fewer steps than lie between two questions.
        self._turn = -1

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Stop between two steps. Raises OSError where the state can't be written."""
        self._turn += 1
        if self._agreement.any(self._interruption.name is not None, self._turn):
            self._save()
            raise Interrupted(self._interruption.name or "another worker")

    def on_test_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Stop between two steps of the validation."""
        self.on_train_batch_end(batch, logs)
