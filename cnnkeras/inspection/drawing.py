"""Draws a finished training: every figure once, as a PNG and in TensorBoard."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import keras
from matplotlib.figure import Figure

from cnnkeras.datasets.source import Data
from cnnkeras.inspection import classification, detection, segmentation
from cnnkeras.inspection.attention_figure import where_it_looks
from cnnkeras.inspection.epoch_looks import Gradients, Look, Maps, Weights
from cnnkeras.inspection.events import TEST, Events
from cnnkeras.inspection.figures.curves import curves
from cnnkeras.inspection.figures.feature_maps import feature_maps
from cnnkeras.inspection.figures.kernels import kernels
from cnnkeras.inspection.figures.style import to_png
from cnnkeras.inspection.followed import COUNT, Followed, ReadAnswers, SampleFigure, probabilities
from cnnkeras.inspection.profile import Profile
from cnnkeras.inspection.subject import Subject, as_inputs, examples
from cnnkeras.inspection.tensorboard import TensorBoardCallback, describe
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.training import TrainingSection
from cnnkeras.tasks.task import Evaluation, TrainableTask
from cnnkeras.training.checkpoint import Checkpoints
from cnnkeras.training.history import read_history
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.trainer import Trained


@dataclass(frozen=True)
class TaskFigures:
    """What is drawn for one task: the test's figures, and those that are followed through the training."""

    figures: Callable[[Subject], Iterator[tuple[str, Figure]]]
    sample: SampleFigure
    followed: int = COUNT
    read: ReadAnswers = probabilities


TASK_FIGURES = {
    "classification": TaskFigures(classification.figures, classification.sample),
    "segmentation": TaskFigures(segmentation.figures, segmentation.sample, 6),
    "detection": TaskFigures(detection.figures, detection.sample, 6, detection.read),
}


def callbacks(
    run: RunDirectory, architecture: Architecture, task: TrainableTask, data: Data
) -> list[keras.callbacks.Callback]:
    """Give what writes TensorBoard's events while the network is trained."""
    figures = TASK_FIGURES.get(task.name)
    followed = Followed(data, architecture, figures.sample, figures.followed, figures.read) if figures else None
    looks: list[Look] = [Weights(), Gradients(data, architecture), Maps(data, architecture)]
    return [
        TensorBoardCallback(Events(run.tensorboard), architecture, lambda: read_history(run), followed, looks),
        *_profile(run, architecture.training),
    ]


def _profile(run: RunDirectory, training: TrainingSection) -> Iterator[Profile]:
    """Give what traces the steps that the file names, if any; those that were trained before do not count."""
    if training.profile:
        state = Checkpoints(run.checkpoints).read()
        state.count_in(training.batch_size, sys.maxsize)
        yield Profile(run.tensorboard, training.profile, state.step)


def draw(
    run: RunDirectory,
    model: keras.Model,
    architecture: Architecture,
    task: TrainableTask,
    evaluation: Evaluation,
    data: Data,
    trained: Trained,
) -> list[Path]:
    """Draw everything there is to see of a trained network; give the figures' files.

    Each figure is drawn once, into `figures/<name>.png` and, the same bytes, into TensorBoard beside the test's
    metrics, at the epoch whose weights were kept. `evaluation` is of `model` on the test part.
    """
    subject = Subject(model, architecture, task, evaluation, data, trained)
    step = trained.best_epoch or 0
    run.figures.mkdir(exist_ok=True)
    files = []
    with Events(run.tensorboard) as events:
        if not trained.history:
            describe(events, model, architecture)
        events.scalars(TEST, evaluation.metrics, step)
        for name, figure in _figures(subject):
            png = to_png(figure)
            files.append(run.figures / f"{name}.png")
            files[-1].write_bytes(png)
            events.image(TEST, name, png, step)
    return files


def _figures(subject: Subject) -> Iterator[tuple[str, Figure]]:
    """Give the figures of every task, and those of this one."""
    if subject.trained.history:
        yield "curves", curves(subject.history, subject.trained.monitor, subject.trained.best_epoch)
    if subject.task.name in TASK_FIGURES:
        yield from TASK_FIGURES[subject.task.name].figures(subject)
    looked = where_it_looks(subject)
    if looked:
        yield "attention", looked
    drawn_kernels = kernels(subject.model, subject.architecture)
    if drawn_kernels:
        yield "kernels", drawn_kernels
    ((picture, _),) = examples(subject.test, [0])
    maps = feature_maps(subject.model, subject.architecture, as_inputs([picture], subject.architecture)[0])
    if maps:
        yield "feature_maps", maps
