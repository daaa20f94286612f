"""What a run's file leaves to train of it, as far as its checkpoints have come. Needs no TensorFlow."""

from __future__ import annotations

from cnnkeras.spec.training import TrainingSection
from cnnkeras.training.state import State, is_of


def nothing_left(training: TrainingSection, state: State) -> str | None:
    """Say why there is nothing left to train; None where there is."""
    if not training.epochs:
        return "training.epochs is 0: the network is evaluated as it is"
    if state.epoch >= training.epochs:
        return f"all of its {state.epoch} epochs were trained before"
    if _is_stopped(training, state):
        return f"it was stopped early before, after epoch {state.epoch} of {training.epochs}"
    return None


def change_to_go_on(training: TrainingSection, state: State, epochs: int = 1) -> str:
    """Give the change to the file with which there would be so many epochs to train."""
    changes = [f"training.epochs={state.epoch + epochs}"] if state.epoch >= training.epochs else []
    if _is_stopped(training, state):
        changes.append("training.early_stopping=null")
    return " ".join(changes)


def _is_stopped(training: TrainingSection, state: State) -> bool:
    """Tell whether early stopping holds still: the file may have been given more patience, or no such section."""
    stopping, memory = training.early_stopping, state.callbacks.get("EarlyStopping", {})
    is_of_it = stopping is not None and is_of(stopping.monitor, memory)
    return bool(state.stopped and stopping is not None and is_of_it and memory["wait"] >= stopping.patience)
