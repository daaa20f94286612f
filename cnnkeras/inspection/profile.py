"""Traces some steps of a training for TensorBoard's profiler: what every operation took, on every device."""

# ruff: noqa: ARG002 - Keras tells its callbacks more than they ask for

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

Logs = Mapping[str, Any] | None


class Profile(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Writes `plugins/profile/<time>/` into `folder`, where TensorBoard's profiler looks for it.

    Steps count from one, from where this process began to train. One call from Python may run several steps
    (`steps_per_execution`): then all those of a call that holds the first or the last are traced. The first `skipped`
    of an epoch that is gone on with don't count: they are read, not trained.
    """

    def __init__(self, folder: Path, steps: tuple[int, int], skipped: int = 0) -> None:
        super().__init__()
        self._folder = folder
        self._first, self._last = steps
        self._before = self._done = -skipped
        self._is_running = self._is_over = False

    def on_epoch_begin(self, epoch: int, logs: Logs = None) -> None:
        """Note how many steps the epochs before had."""
        self._before = self._done

    def on_train_batch_begin(self, batch: int, logs: Logs = None) -> None:
        """Start where the first step comes next."""
        following = self._before + self._in_epoch(batch + self.model.steps_per_execution)
        if not self._is_over and not self._is_running and following >= self._first:
            tf.profiler.experimental.start(str(self._folder))
            self._is_running = True

    def on_train_batch_end(self, batch: int, logs: Logs = None) -> None:
        """Stop behind the last step."""
        self._done = self._before + self._in_epoch(batch + 1)
        if self._is_running and self._done >= self._last:
            self._stop()

    def _in_epoch(self, steps: int) -> int:
        """Give at most the steps of an epoch: where one call runs several, the last one announces more."""
        return min(steps, self.params.get("steps") or steps)

    def on_train_end(self, logs: Logs = None) -> None:
        """Write what there is where the training ended before the last step. It may come twice."""
        if self._is_running:
            self._stop()
        elif not self._is_over and self._done > 0:
            self._is_over = True
            print(
                f"training.profile: nothing is traced: there were {self._done:,} steps, and step {self._first:,} "
                "was to be the first",
                file=sys.stderr,
            )

    def _stop(self) -> None:
        self._is_running, self._is_over = False, True
        tf.profiler.experimental.stop()
