from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import pytest

from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.source import Data
from cnnkeras.inspection.drawing import callbacks, draw
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import Evaluation
from cnnkeras.training.history import write_history
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.trainer import Trained
from tests.inspection.networks import architecture_of, data, model_of

EPOCHS = 3


@dataclass(frozen=True)
class Inspected:
    run: RunDirectory
    model: keras.Model
    architecture: Architecture
    data: Data
    trained: Trained
    evaluation: Evaluation
    files: list[Path]


class Clerk(keras.callbacks.Callback):
    """Writes the epochs down, as the trainer does before the others hear of them."""

    def __init__(self, run: RunDirectory) -> None:
        super().__init__()
        self.run = run
        self.rows: list[dict[str, float]] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        clock = {"epoch": epoch + 1, "seconds": 1.0, "images_per_second": 60.0, "learning_rate": 0.01}
        self.rows.append(clock | (logs or {}))
        write_history(self.run, self.rows)


@pytest.fixture(scope="session")
def inspected(tmp_path_factory: pytest.TempPathFactory) -> Inspected:
    """Give a run of three epochs with everything drawn, as the run command does it."""
    folder = tmp_path_factory.mktemp("runs")
    architecture = architecture_of(folder)
    task, model, known = architecture.task, model_of(architecture), data()
    run = RunDirectory.create(folder, "small", architecture.resolved, {})
    model.compile("sgd", task.loss(architecture), metrics=task.metric_objects(architecture))
    train, validation, test = (
        list(batches(known.parts[name], architecture, 20, False)) for name in ("train", "validation", "test")
    )
    images, labels = (np.concatenate(column) for column in zip(*train, strict=True))
    clerk = Clerk(run)
    model.fit(
        images,
        labels,
        validation_data=tuple(np.concatenate(column) for column in zip(*validation, strict=True)),
        epochs=EPOCHS,
        verbose=0,
        callbacks=[clerk, *callbacks(run, architecture, task, known)],
    )
    trained = Trained(clerk.rows, 2, "val_accuracy", None)
    evaluation = task.evaluate(model, test, known.class_names, architecture)
    files = draw(run, model, architecture, task, evaluation, known, trained)
    return Inspected(run, model, architecture, known, trained, evaluation, files)
