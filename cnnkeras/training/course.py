"""One training, as far as it has come, and whether there is anything left to train."""

from __future__ import annotations

from dataclasses import dataclass

import keras

from cnnkeras.datasets.source import Data
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.checkpoint import Checkpoints
from cnnkeras.training.monitor import Monitor
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.setup import Setup
from cnnkeras.training.state import State, is_of


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
        epochs = self.architecture.training.epochs
        if not epochs:
            return "training.epochs is 0: the network is evaluated as it is"
        if not self.model.trainable_variables:
            return "the network has no weights to train: it is evaluated as it is"
        if self.state.epoch >= epochs:
            return f"all of its {self.state.epoch} epochs were trained before"
        if self.state.stopped and self._is_out_of_patience():
            return f"it was stopped early before, after epoch {self.state.epoch} of {epochs}"
        return None

    def change_to_go_on(self) -> str:
        """Give the change to the file with which there would be something to train."""
        epochs = self.architecture.training.epochs
        changes = [f"training.epochs={self.state.epoch + 1}"] if self.state.epoch >= epochs else []
        if self.state.stopped and self._is_out_of_patience():
            changes.append("training.early_stopping=null")
        return " ".join(changes)

    def _is_out_of_patience(self) -> bool:
        """Tell whether early stopping holds still: the file may have been given more patience, or no such section."""
        stopping = self.architecture.training.early_stopping
        memory = self.state.callbacks.get("EarlyStopping", {})
        return stopping is not None and is_of(stopping.monitor, memory) and memory["wait"] >= stopping.patience

    def ended_early(self) -> str | None:
        """Say that not all epochs were trained; None where all were."""
        epoch, epochs = self.state.epoch, self.architecture.training.epochs
        return f"stopped early, after epoch {epoch} of {epochs}" if epoch < epochs else None
