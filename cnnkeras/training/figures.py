"""Callbacks that make of an epoch's figures what the callbacks behind them read."""

# ruff: noqa: ARG002 - Keras tells its callbacks more than they ask for

from __future__ import annotations

import keras

from cnnkeras.training.group import Agreement


class MainOutput(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Gives the main output's metrics their own names; Keras writes `main_accuracy` where there are several outputs.

    It stands before the callbacks that read them: all get the same dict.
    """

    def __init__(self, output: str) -> None:
        super().__init__()
        self._prefix = f"{output}_"

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Rename the figures so far."""
        self._rename(logs)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Rename the epoch's figures."""
        self._rename(logs)

    def _rename(self, logs: dict[str, float] | None) -> None:
        for name in list(logs or ()):
            plain = name.replace(self._prefix, "", 1)
            if logs is not None and name.removeprefix("val_").startswith(self._prefix) and plain not in logs:
                logs[plain] = logs.pop(name)


class SameFigures(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Lets several workers decide by the same figures. It stands before the callbacks that decide."""

    def __init__(self, agreement: Agreement) -> None:
        super().__init__()
        self._agreement = agreement

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Take the chief's."""
        if logs is not None:
            logs.update(self._agreement.figures(logs))
