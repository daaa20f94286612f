"""Sees to it that a training does not go on with numbers that are none."""

# ruff: noqa: ARG002 - Keras tells its callbacks more than they ask for

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable
from typing import Any

import keras
import numpy as np

from cnnkeras.errors import RunError
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.rate_change import rate_change

# Inputs and weights below it are no sign of a training that ran away.
ORDINARY = 1e4
HINT = "use a smaller learning rate, or clipnorm in the optimizer"


class NotFinite(RunError):
    """The loss or the weights are no numbers any more."""

    def __init__(self, message: str, origin: str | None = None, hint: str = HINT) -> None:
        super().__init__(message if origin is None else f"{message}\n     = {origin}", hint)
        self.message, self.origin = message, origin


class LostInValidation(NotFinite):
    """No number came of the validation part, while training had numbers: no step of training tells where from."""

    def __init__(self, loss: float, epoch: int, is_ordinary: bool) -> None:
        hint = f"look at the validation part's pictures and labels, as the weights are ordinary; or {HINT}"
        super().__init__(f"val_loss became {loss} in epoch {epoch}", hint=hint if is_ordinary else HINT)


def gentler(architecture: Architecture) -> str:
    """Give the change of a file, as it stands on the command line, by which its weights grow less."""
    return shlex.quote(rate_change(architecture, 0.1))


class Finite(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Ends the training where the loss or a weight is no number any more: what comes after it is lost anyway.

    It stands before the callback that writes the epoch down, so that nothing good is replaced.
    """

    def __init__(self, steps_per_epoch: int) -> None:
        super().__init__()
        self._steps = steps_per_epoch
        self._epoch = 0

    def on_epoch_begin(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Note the epoch's number."""
        self._epoch = epoch + 1

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Look at the loss. Raises NotFinite."""
        loss = (logs or {}).get("loss", 0.0)
        if not math.isfinite(loss):
            # Where one call runs several steps, the last one may announce more than there are.
            step = min(batch + 1, self._steps)
            raise NotFinite(f"the loss became {loss} in epoch {self._epoch}, by step {step} of {self._steps}")

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Look at the weights: behind a ReLU, which makes 0 of NaN, the loss tells nothing. Raises NotFinite.

        The last step may leave weights of which each is a number, and nothing that comes of them is.
        """
        if path := not_finite(self.model):
            raise NotFinite(f"the weights {path} hold numbers that are none, after epoch {self._epoch}")
        loss = (logs or {}).get("val_loss", 0.0)
        if not math.isfinite(loss) and not _may_come_right(self.model):
            raise LostInValidation(loss, self._epoch, _is_ordinary(self.model))


def _may_come_right(model: keras.Model) -> bool:
    """Tell whether it is moving averages that may not be near the batches' own yet: training does without them."""
    has_averages = any("moving_" in variable.path for variable in model.non_trainable_variables)
    return has_averages and _is_ordinary(model)


def largest(values: Iterable[Any]) -> float | None:
    """Give the largest number of tensors or variables, whatever its sign; None where there is none."""
    arrays = (np.asarray(keras.ops.convert_to_numpy(value), np.float32) for value in values)
    return max((float(np.abs(array).max(initial=0.0)) for array in arrays), default=None)


def _is_ordinary(model: keras.Model) -> bool:
    return (largest(model.trainable_variables) or 0.0) < ORDINARY


def not_finite(model: keras.Model) -> str | None:
    """Give the path of the first trained weights that hold a number that is none."""
    for variable in model.trainable_variables:
        if not np.isfinite(keras.ops.convert_to_numpy(variable)).all():
            return str(variable.path)
    return None
