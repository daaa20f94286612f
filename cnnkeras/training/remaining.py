"""What a run's file leaves to train of it, as far as its checkpoints have come. Needs no TensorFlow."""

from __future__ import annotations

import json

from cnnkeras.spec.architecture import Architecture
from cnnkeras.training.state import State, is_of


def nothing_left(architecture: Architecture, state: State) -> str | None:
    """Say why there is nothing left to train; None where there is."""
    epochs = architecture.training.epochs
    if not epochs:
        return "training.epochs is 0: the network is evaluated as it is"
    if state.epoch >= epochs:
        its = "its one epoch was" if state.epoch == 1 else f"all of its {state.epoch} epochs were"
        return f"{its} trained before"
    if _is_stopped(architecture, state):
        return f"it was stopped early before, after epoch {state.epoch} of {epochs}"
    return None


def change_to_go_on(architecture: Architecture, state: State, epochs: int = 1) -> str:
    """Give the change to the file with which there would be so many epochs to train."""
    changes = [f"training.epochs={state.epoch + epochs}"] if state.epoch >= architecture.training.epochs else []
    if _is_stopped(architecture, state):
        changes.append("training.early_stopping=null")
    return " ".join(changes)


def loss_of(architecture: Architecture) -> str:
    """Tell the loss by what the file says of it, so that another one is known."""
    said = architecture.training.model_dump(mode="json", include={"loss", "loss_weights"})
    return json.dumps([said, getattr(architecture.data, "balance", None)], sort_keys=True, default=str)


def has_another_loss(architecture: Architecture, state: State) -> bool:
    """Tell whether the file's loss is another one than that of the checkpoints."""
    return state.loss not in ("", loss_of(architecture))


def is_loss(column: str) -> bool:
    """Tell whether a column of the history is a loss."""
    return column == "loss" or column.endswith("_loss")


def _is_stopped(architecture: Architecture, state: State) -> bool:
    """Tell whether early stopping holds still.

    The file may have been given more patience, no such section, or a loss that the numbers before say nothing of.
    """
    stopping, memory = architecture.training.early_stopping, state.callbacks.get("EarlyStopping", {})
    if not state.stopped or stopping is None or not is_of(stopping.monitor, memory):
        return False
    if is_loss(stopping.monitor) and has_another_loss(architecture, state):
        return False
    return bool(memory["wait"] >= stopping.patience)
