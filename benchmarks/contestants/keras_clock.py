"""The clock as a callback of Keras."""

from __future__ import annotations

from typing import Any

import keras

from benchmarks.contestants.measurement import Clock


class ClockCallback(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Takes the times of `fit`."""

    # Keras then calls it beside the training, as it does its own progress bar: taking the time costs no time.
    async_safe = True

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self.clock = clock

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002  # Keras's signature
        """Start an epoch's time."""
        self.clock.begin_epoch()

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002  # Keras's signature
        """Note the first step."""
        self.clock.step()

    def on_test_begin(self, logs: Any = None) -> None:  # noqa: ARG002  # Keras's signature
        """Stop where validation begins."""
        self.clock.end_epoch()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:  # noqa: ARG002  # Keras's signature
        """Stop where no validation began."""
        self.clock.end_epoch()
