"""The stages of `python run.py FILE`, one after the other, up to the trained network."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import keras

from benchmarks.contestants.keras_clock import ClockCallback
from benchmarks.contestants.measurement import Clock
from cnnkeras.commands.settling import open_data
from cnnkeras.datasets.source import Data
from cnnkeras.datasets.tiling import epoch_size
from cnnkeras.inspection.drawing import callbacks
from cnnkeras.model.builder import build_model
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.environment import describe_environment
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.setup import Setup, begin, prepare
from cnnkeras.training.trainer import train


class TrainedFile(NamedTuple):
    """A file's network with the best epoch's weights, and what it was trained with."""

    model: keras.Model
    architecture: Architecture
    task: TrainableTask
    data: Data
    setup: Setup
    run: RunDirectory

    def facts(self) -> dict[str, Any]:
        """Give what every table says of a network."""
        return {"parameters": self.model.count_params(), "precision": self.setup.precision.value}


def train_file(architecture: Architecture, clock: Clock, runs: Path) -> TrainedFile:
    """Train what a file says, as a run does, under the clock; the run's folder is still to be closed."""
    begin(architecture)
    architecture, task, data = open_data(architecture)
    setup = prepare(architecture, epoch_size(data.parts["train"], architecture))
    print(*setup.lines(), sep="\n")
    run = RunDirectory.create(runs, architecture.name, architecture.resolved, describe_environment(architecture, setup))
    with setup.strategy.value.scope():
        model = build_model(architecture, setup.precision.value)
    looking = callbacks(run, architecture, task, data)
    train(model, architecture, task, data, run, setup, [ClockCallback(clock), *looking])
    return TrainedFile(model, architecture, task, data, setup, run)
