"""How fast a network may learn: a short training whose learning rate rises from step to step.

The learning-rate range test of L. N. Smith (2017, arXiv:1506.01186): the loss stands still while the rate is too small,
falls where it is right, and rises where it is too large.
"""

# ruff: noqa: ARG002 - Keras tells its callbacks more than they ask for

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.datasets.source import Part
from cnnkeras.errors import RunError
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.batch_trial import lacks_memory
from cnnkeras.training.choice import Choice
from cnnkeras.training.compiling import compile_model
from cnnkeras.training.feeding import training_batches
from cnnkeras.training.fitting import build_for, divided
from cnnkeras.training.initial_weights import build_to_train
from cnnkeras.training.setup import Setup
from cnnkeras.training.xla import not_compiled

# The test ends where the loss is so many times its lowest: from there on it only rises.
DIVERGED = 4.0
# Width of the smoothing, as a share of the steps: about as much as the rate takes to grow by a half.
WIDTH = 0.02
# A loss that fell by less than this share of its beginning, or by less than its noise, tells nothing.
LEAST_FALL = 0.02
# A rate that lies so far below the one of the lowest loss teaches next to nothing.
FAR = 100.0


@dataclass(frozen=True)
class RateTest:
    """The learning rate and the loss of each step, and what they say.

    `smoothed` is the loss without the noise of single batches. `steepest` is the rate at which it falls fastest,
    `lowest` the one at its minimum; None where it does not fall.
    """

    rates: np.ndarray
    losses: np.ndarray
    smoothed: np.ndarray
    steepest: float | None
    lowest: float | None

    @property
    def suggestion(self) -> float | None:
        """Give the rate to train with: where the loss falls fastest, and at most a tenth of where it is lowest."""
        if self.steepest is None or self.lowest is None:
            return None
        return float(f"{min(self.steepest, self.lowest / 10):.2g}")


def try_rates(
    architecture: Architecture,
    task: TrainableTask,
    part: Part,
    setup: Setup,
    first: float,
    last: float,
    steps: int,
    on_step: Callable[[], None] = lambda: None,
) -> RateTest:
    """Train a network of this architecture from its beginning, the rate rising from `first` to `last` in `steps` steps.

    It ends before where the loss rises to DIVERGED times its lowest. `on_step` is called after each. Where gradients
    are accumulated, a step is one of the optimizer.

    Raises:
        RunError: where the loss is no number from the beginning, XLA can't compile the step, or memory is too small.

    """
    optimizer = architecture.training.optimizer
    every = optimizer.gradient_accumulation_steps or 1
    plain = optimizer.model_copy(update={"learning_rate": first, "use_ema": False, "ema_overwrite_frequency": None})
    architecture = replace(architecture, training=architecture.training.model_copy(update={"optimizer": plain}))
    setup = replace(setup, steps_per_execution=Choice(1, "each step has a rate of its own"))
    model, _ = build_to_train(architecture, setup)
    compile_model(model, architecture, task, setup)
    examples = training_batches(model, architecture, part, replicas=setup.replicas)
    if setup.replicas > 1:
        build_for(model, examples)
    rising = _Rising(first * (last / first) ** (np.arange(steps) / max(1, steps - 1)), every, on_step)
    with _told(architecture, setup), divided(model, setup.replicas, setup.batch_parts.value):
        model.fit(examples.repeat(), steps_per_epoch=steps * every, callbacks=[rising], shuffle=False, verbose=0)
    return judge(rising.rates[: len(rising.losses)], np.array(rising.losses))


@contextmanager
def _told(architecture: Architecture, setup: Setup) -> Iterator[None]:
    """Turn what TensorFlow says of a step that can't be taken into a RunError with a cure."""
    try:
        yield
    except (tf.errors.OpError, MemoryError) as error:
        if reason := not_compiled(error, setup.jit_compile.value):
            raise RunError(reason, "try it with training.jit_compile=false") from error
        if not lacks_memory(error):
            raise
        message = f"the device's memory is too small for a batch of {architecture.training.batch_size}"
        raise RunError(message, "find the largest that fits with the command find-batch") from error


def judge(rates: np.ndarray, losses: np.ndarray) -> RateTest:
    """Tell what the losses `(steps,)` at rising rates `(steps,)` say. Raises RunError where there are too few."""
    if len(losses) < 3:
        raise RunError(
            "the loss is no number from the first steps on", "look at the data and the layers; see what a run says"
        )
    smoothed = smooth(losses, max(2.0, WIDTH * len(losses)))
    lowest = int(np.argmin(smoothed))
    # Only as far as it falls: beyond, it jumps.
    noise = float(np.std((losses - smoothed)[: lowest + 1]))
    if smoothed[0] - smoothed[lowest] < max(LEAST_FALL * abs(smoothed[0]), noise):
        return RateTest(rates, losses, smoothed, None, None)
    steepest = _steepest(smoothed, rates, 0, lowest)
    if rates[lowest] > FAR * rates[steepest] and smoothed.min() > 0:
        # A loss of hundreds, of pictures that are not scaled, falls most where it is far too large still.
        steepest = _steepest(np.log(smoothed), rates, int(np.searchsorted(rates, rates[lowest] / FAR)), lowest)
    return RateTest(rates, losses, smoothed, float(rates[steepest]), float(rates[lowest]))


def _steepest(losses: np.ndarray, rates: np.ndarray, first: int, last: int) -> int:
    """Give the step, of these, at which the loss falls fastest over the logarithm of the rate."""
    return first + int(np.argmin(np.gradient(losses, np.log(rates))[first : last + 1]))


def smooth(losses: np.ndarray, width: float) -> np.ndarray:
    """Give the mean around each step, weighed by a Gaussian of this width: no lag, as a running mean would have."""
    places = np.arange(len(losses))
    weights = np.exp(-0.5 * ((places[:, None] - places) / width) ** 2)
    return np.asarray(weights @ losses / weights.sum(axis=1))


class _Rising(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Sets the rate of each step, and keeps its loss."""

    def __init__(self, rates: np.ndarray, every: int, on_step: Callable[[], None]) -> None:
        super().__init__()
        self.rates = rates
        self.losses: list[float] = []
        self._every, self._on_step = every, on_step

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Begin the mean of the loss anew: Keras tells that of the epoch so far."""
        if batch % self._every == 0:
            self.model.reset_metrics()
            self.model.optimizer.learning_rate = float(self.rates[batch // self._every])

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Keep the loss, and stop where the network is lost."""
        if (batch + 1) % self._every:
            return
        self._on_step()
        loss = float((logs or {})["loss"])
        if not math.isfinite(loss):
            self.model.stop_training = True
            return
        self.losses.append(loss)
        # Of the last few steps, so that one hard batch ends nothing.
        recent = float(np.mean(self.losses[-5:]))
        if len(self.losses) > 10 and recent > DIVERGED * self._lowest():
            self.model.stop_training = True

    def _lowest(self) -> float:
        return float(min(np.convolve(self.losses, np.full(5, 0.2), "valid")))
