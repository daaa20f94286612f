"""What hears of every step and epoch of a training: who decides before who writes down."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from cnnkeras.datasets.source import Data
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.training import EarlyStopping, ReduceLROnPlateau
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.figures import MainOutput, SameFigures
from cnnkeras.training.finite import Finite
from cnnkeras.training.interruption import Interruption, StopWhenInterrupted
from cnnkeras.training.monitor import direction
from cnnkeras.training.progress import Display
from cnnkeras.training.recorder import Recorder
from cnnkeras.training.setup import Setup


def deciding(architecture: Architecture, task: TrainableTask, data: Data, setup: Setup) -> list[Any]:
    """Give those who make the figures of an epoch what the others read, and see to it that they are numbers."""
    outputs = architecture.outputs
    return [
        *task.callbacks(architecture, data),
        *([MainOutput(outputs[0])] if len(outputs) > 1 else []),
        *([SameFigures(setup.agreement)] if setup.is_group else []),
        Finite(setup.steps_per_epoch),
        *([keras.callbacks.SwapEMAWeights()] if architecture.training.optimizer.use_ema else []),
    ]


def watchers(architecture: Architecture) -> list[Any]:
    """Give Keras's callbacks that watch a figure from epoch to epoch."""
    training = architecture.training
    stopping, plateau = training.early_stopping, training.reduce_learning_rate
    return [
        *([keras.callbacks.EarlyStopping(**_watched(stopping, architecture))] if stopping else []),
        *([keras.callbacks.ReduceLROnPlateau(**_watched(plateau, architecture))] if plateau else []),
    ]


def _watched(section: EarlyStopping | ReduceLROnPlateau, architecture: Architecture) -> dict[str, Any]:
    """Give a callback's fields; Keras's "auto" does not know the losses of single outputs."""
    mode = direction(architecture, section.monitor) if section.mode == "auto" else section.mode
    return {**section.model_dump(), "mode": mode}


def in_order(
    before: Sequence[Any],
    watching: Sequence[Any],
    recorder: Recorder,
    display: Display,
    interruption: Interruption,
    setup: Setup,
) -> list[keras.callbacks.Callback]:
    """Put all of them into the order in which they must hear of an epoch."""
    return [
        *before,
        *watching,
        recorder,
        *([display] if setup.is_chief else []),
        StopWhenInterrupted(interruption, recorder.save_within_epoch, setup.agreement),
    ]
