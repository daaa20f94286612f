"""One training, as far as it has come, and whether there is anything left to train."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from cnnkeras.datasets.source import Data
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.checkpoint import Checkpoints
from cnnkeras.training.monitor import Monitor
from cnnkeras.training.remaining import nothing_left
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.setup import Setup
from cnnkeras.training.state import State


@dataclass(frozen=True)
class Course:
    """What is trained, on what, how, and where it is written down; `state` goes along with the training."""

    model: keras.Model
    architecture: Architecture
    task: TrainableTask
    data: Data
    run: RunDirectory
    setup: Setup
    monitor: Monitor
    state: State

    @property
    def checkpoints(self) -> Checkpoints:
        """Give the run's checkpoints, which only who keeps the run writes."""
        return Checkpoints(self.run.checkpoints, self.run.is_kept)

    def nothing_to_train(self) -> str | None:
        """Say why there is nothing to train; None where there is."""
        if self.architecture.training.epochs and not self.model.trainable_variables:
            return "the network has no weights to train: it is evaluated as it is"
        return nothing_left(self.architecture, self.state)

    def ended_early(self) -> str | None:
        """Say that not all epochs were trained; None where all were."""
        epoch, epochs = self.state.epoch, self.architecture.training.epochs
        return f"stopped early, after epoch {epoch} of {epochs}" if epoch < epochs else None
