"""Writes down each epoch, keeps the best one, and saves the state to go on from."""

# ruff: noqa: ARG002 - Keras tells its callbacks more than they ask for

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np

from cnnkeras.datasets.order import Epoch
from cnnkeras.tasks.digits import shortest
from cnnkeras.training.checkpoint import Checkpoints
from cnnkeras.training.finite import not_finite
from cnnkeras.training.group import Agreement, Alone
from cnnkeras.training.history import write_history
from cnnkeras.training.monitor import Monitor
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.state import Best, State, is_of

# What Keras's callbacks remember from epoch to epoch.
_MEMORIES = {
    "EarlyStopping": ("monitor", "wait", "best", "best_epoch"),
    "ReduceLROnPlateau": ("monitor", "wait", "best", "cooldown_counter"),
}


class Recorder(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Keeps the state of the training: history.csv, the best epoch, checkpoints after and within epochs.

    It stands after the callbacks whose memory it saves. `watched` are those, `epoch` tells the data in which
    order to come. `sums` are the metrics' sums in an epoch that is gone on with, `minutes` the time between two
    checkpoints within one.
    """

    def __init__(
        self,
        run: RunDirectory,
        state: State,
        monitor: Monitor,
        epoch: Epoch,
        pictures: int,
        watched: Sequence[keras.callbacks.Callback],
        sums: Sequence[np.ndarray] = (),
        minutes: float = math.inf,
        agreement: Agreement | None = None,
    ) -> None:
        super().__init__()
        self._run, self._state, self._monitor = run, state, monitor
        self._epoch, self._pictures, self._watched = epoch, pictures, watched
        self._sums, self._minutes = sums, minutes
        self._checkpoints = Checkpoints(run.checkpoints, run.is_kept)
        self._agreement = agreement or Alone()
        self._began = self._trained = self._saved = 0.0
        # The steps that are done in this epoch, and of those the ones that are skipped because they were done before.
        self._step = self._skipped = 0
        # Counted over epochs, as every worker asks at the same one.
        self._turn = 0
        self._sums_after: list[np.ndarray] = []

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Give the callbacks their memory back: they have just forgotten everything."""
        for callback in self._watched:
            memory = self._state.callbacks.get(type(callback).__name__, {})
            if is_of(callback.monitor, memory):
                for name, value in memory.items():
                    setattr(callback, name, value)

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Start the clock, and note the rate that the epoch begins with: at its end a schedule shows the next one's."""
        self._epoch.number = epoch
        if not self._state.step:
            self._state.learning_rate = shortest(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        self._trained, self._step, self._skipped = 0.0, 0, self._state.step
        self._began = self._saved = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Save the state now and then. Raises OSError where that can't be done."""
        # Where one call runs several steps, the last one may announce more than there are.
        self._step = min(batch + 1, self.params.get("steps") or batch + 1)
        if self._skipped:
            return
        is_time = time.perf_counter() - self._saved >= 60 * self._minutes
        if self._agreement.any(is_time, self._turn):
            self.save_within_epoch()
        self._turn += 1

    def take_up(self) -> None:
        """Go on in the middle of the epoch: its first steps, which were done before, have been skipped."""
        variables = self.model.metrics_variables
        if self._metrics() == self._state.metrics:
            for variable, array in zip(variables, self._sums, strict=True):
                variable.assign(array)
        else:
            began = f"this epoch's count from step {self._skipped + 1} on"
            print(f"the metrics are other ones than before: {began}", file=sys.stderr)
        self._skipped, self._saved = 0, time.perf_counter()
        self._began = self._saved - self._state.seconds

    def save_within_epoch(self) -> None:
        """Save the state after this step of training, or in validation after the last one. Raises OSError."""
        if self._skipped or (self._trained and not self._sums_after) or not_finite(self.model):
            return
        now = time.perf_counter()
        self._state.step, self._state.seconds = self._step, (self._trained or now) - self._began
        self._state.metrics = self._metrics()
        sums = self._sums_after if self._trained else self._own_sums()
        self._checkpoints.save(self._state, self.model, False, sums)
        self._saved = now

    def on_test_begin(self, logs: dict[str, float] | None = None) -> None:
        """Note when the training part was through, and what its metrics added up: validation clears them."""
        self._trained = self._trained or time.perf_counter()
        # While the averages of the weights are validated, the weights are not at hand to the last bit.
        self._sums_after = [] if self._averages else self._own_sums()

    def _metrics(self) -> list[str]:
        return sorted(self.model.get_metrics_result())

    def _own_sums(self) -> list[np.ndarray]:
        return [keras.ops.convert_to_numpy(variable) for variable in self.model.metrics_variables]

    @property
    def _averages(self) -> bool:
        optimizer = self.model.optimizer
        return bool(getattr(optimizer, "inner_optimizer", optimizer).use_ema)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Write the epoch down. Raises OSError where that can't be done."""
        state = self._state
        state.end_epoch(stopped=bool(self.model.stop_training))
        state.history.append(self._row(epoch, logs or {}))
        before = state.best
        is_best = self._is_best(logs or {})
        state.callbacks = {type(callback).__name__: _memory(callback) for callback in self._watched}
        try:
            self._checkpoints.save(state, self.model, is_best)
        except OSError:
            state.best = before  # the new one's file is not there
            raise
        write_history(self._run, state.history)

    def _row(self, epoch: int, logs: Mapping[str, float]) -> dict[str, float]:
        end = time.perf_counter()
        training = (self._trained or end) - self._began
        return {
            "epoch": epoch + 1,
            "seconds": round(end - self._began, 3),
            "images_per_second": round(self._pictures / max(training, 1e-9), 1),
            "learning_rate": self._state.learning_rate,
            **{name: shortest(value) for name, value in logs.items() if name != "learning_rate"},
        }

    def _is_best(self, logs: Mapping[str, float]) -> bool:
        column = self._monitor.column
        now = Best(self._state.epoch, float(logs.get(column, math.nan)), float(logs["val_loss"]), column)
        if not self._monitor.improves(now, self._state.best):
            return False
        self._state.best = now
        return True


def _memory(callback: keras.callbacks.Callback) -> dict[str, Any]:
    remembered = {name: getattr(callback, name) for name in _MEMORIES.get(type(callback).__name__, ())}
    return {name: value if isinstance(value, int | str | None) else float(value) for name, value in remembered.items()}
