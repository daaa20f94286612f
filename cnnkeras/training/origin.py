"""Where the first number that is none came from: which step, and which layer of the file.

The steps since the last checkpoint are trained anew, one at a time. The step after which the loss or a weight is no
number is then looked at with the weights before it: the batch, what comes out of every layer, the loss, the gradients.
"""

# ruff: noqa: ARG002 - Keras tells its callbacks more than they ask for

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.datasets.order import Epoch
from cnnkeras.training.choice import Choice
from cnnkeras.training.compiling import compile_model
from cnnkeras.training.course import Course
from cnnkeras.training.feeding import training_batches
from cnnkeras.training.finite import not_finite
from cnnkeras.training.fitting import build_for, divided, skip_steps
from cnnkeras.training.initial_weights import build_to_train
from cnnkeras.training.optimizers import set_ahead
from cnnkeras.training.seeds import set_seeds
from cnnkeras.training.setup import Setup
from cnnkeras.training.spoiled_step import Origin, SpoiledStep, look_at
from cnnkeras.training.state import State


def find_origin(course: Course) -> Origin | None:
    """Train a second network from the course's state until a number is none.

    None where that does not happen again within the epoch. Raises RunError where the checkpoint can't be read.
    """
    architecture, state = course.architecture, course.state
    setup = replace(course.setup, steps_per_execution=Choice(1, "each step is looked at"))
    set_seeds(architecture.training)
    model, _ = build_to_train(architecture, setup, begins=not (state.epoch or state.step))
    compile_model(model, architecture, course.task, setup)
    if state.epoch or state.step:
        course.checkpoints.restore(state, model)
    _take_the_rate_of(course, model.optimizer)
    examples = training_batches(model, architecture, course.data.parts["train"], Epoch(state.epoch), setup.replicas)
    watch = _Watch()
    try:
        _replay(model, examples, state, setup, watch)
    except _Found:
        step = SpoiledStep(model, watch.before, setup.batch_parts.value)
        return look_at(step, architecture, watch.batch + 1, next(iter(examples.skip(watch.batch))))
    return None


def _take_the_rate_of(course: Course, optimizer: Any) -> None:
    """Let an optimizer have the rate that the training had, which is not in every case its checkpoint's."""
    if course.state.terms.learning_rate is not None:
        optimizer.learning_rate = float(course.model.optimizer.learning_rate)
    set_ahead(optimizer, course.state.terms.ahead)


def _replay(model: keras.Model, examples: tf.data.Dataset, state: State, setup: Setup, watch: _Watch) -> None:
    if state.step or setup.replicas > 1:
        build_for(model, examples)
    if state.step:
        skip_steps(model, state.step, setup.steps_per_epoch)
    # In parts, too: what is drawn within the network is drawn for each part.
    with divided(model, setup.replicas, setup.batch_parts.value):
        model.fit(
            examples,
            epochs=state.epoch + 1,
            initial_epoch=state.epoch,
            callbacks=[watch],
            shuffle=False,
            verbose=0,
        )


class _Found(Exception):
    """The step is found."""


class _Watch(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """Keeps the weights before each step, and leaves after the one that spoils the loss or a weight."""

    def __init__(self) -> None:
        super().__init__()
        self.batch = 0
        self.before: list[np.ndarray] = []

    def on_train_batch_begin(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.before = [keras.ops.convert_to_numpy(variable) for variable in self.model.variables]

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        self.batch = batch
        if not math.isfinite((logs or {}).get("loss", 0.0)) or not_finite(self.model):
            raise _Found
