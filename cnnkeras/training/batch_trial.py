"""Some steps of training with batches of one size: what memory they take, and how long."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, replace
from typing import Any

import keras
import tensorflow as tf

from cnnkeras.datasets.source import Part
from cnnkeras.datasets.tiling import epoch_size
from cnnkeras.errors import first_line
from cnnkeras.model.builder import build_model
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.choice import Choice
from cnnkeras.training.compiling import compile_model
from cnnkeras.training.feeding import training_batches
from cnnkeras.training.fitting import build_for, divided
from cnnkeras.training.setup import Setup

# The first step traces the network and asks for all memory; the others tell the speed.
STEPS = 3


@dataclass(frozen=True)
class Trial:
    """What came of one size: the most memory so far in bytes, and the seconds of a step; or why it does not fit."""

    size: int
    memory: int
    seconds: float
    reason: str | None = None


class Trials:
    """Tries one size after the other, each larger than the one before, with a network of its own."""

    def __init__(self, architecture: Architecture, task: TrainableTask, part: Part, setup: Setup) -> None:
        self._architecture, self._part = architecture, part
        self._setup = replace(setup, steps_per_execution=Choice(1, "each step is measured"))
        with setup.strategy.value.scope():
            self._model = build_model(architecture, setup.precision.value)
        compile_model(self._model, architecture, task, self._setup)

    def run(self, size: int) -> Trial:
        """Train a few steps."""
        training = self._architecture.training.model_copy(update={"batch_size": size})
        architecture = replace(self._architecture, training=training)
        replicas = self._setup.replicas
        examples = training_batches(self._model, architecture, self._part, replicas=replicas)
        # A last batch that is smaller would take less time, or more, where something is compiled for its size.
        examples = examples.take(max(1, epoch_size(self._part, architecture) // size))
        if replicas > 1:
            build_for(self._model, examples)
        clock = _Clock()
        try:
            with divided(self._model, replicas, self._setup.batch_parts.value):
                self._model.fit(examples.repeat(), steps_per_epoch=STEPS, callbacks=[clock], shuffle=False, verbose=0)
        except (tf.errors.OpError, MemoryError) as error:
            if not lacks_memory(error):
                raise
            return Trial(size, self.memory(), 0.0, first_line(error))
        return Trial(size, self.memory(), clock.seconds)

    def memory(self) -> int:
        """Give the most bytes so far: of the GPU that took most where there are GPUs, else of the process."""
        gpus = [device for device in self._setup.devices.value if device.startswith("GPU")]
        if gpus:
            return max(int(tf.config.experimental.get_memory_info(device)["peak"]) for device in gpus)
        return peak_memory()


def smaller_that_fits(architecture: Architecture, task: TrainableTask, part: Part, setup: Setup) -> int | None:
    """Halve a batch that did not fit until one does, by trying; None where not even the smallest does."""
    size = architecture.training.batch_size
    trials = Trials(architecture, task, part, setup)
    while size >= 2 * setup.replicas:
        size = size // 2 // setup.replicas * setup.replicas
        if trials.run(size).reason is None:
            return size
    return None


def lacks_memory(error: Exception) -> bool:
    """Tell whether there was no room. oneDNN says no more than that it could not do something."""
    is_of_onednn = isinstance(error, tf.errors.AbortedError) and "a primitive" in str(error)
    return is_of_onednn or isinstance(error, tf.errors.ResourceExhaustedError | MemoryError)


def peak_memory() -> int:
    """Give the most bytes that this process has had in memory; 0 where the system does not tell."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    # In KiB, on macOS in bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


class _Clock(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Takes the time of the steps after the first."""

    def __init__(self) -> None:
        super().__init__()
        self._began = self.seconds = 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:  # noqa: ARG002
        """Begin after the first step."""
        if batch == 0:
            self._began = time.perf_counter()
        else:
            self.seconds = (time.perf_counter() - self._began) / batch
