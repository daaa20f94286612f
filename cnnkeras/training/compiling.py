"""Gives a network its optimizer, its losses and its metrics."""

from __future__ import annotations

import keras

from cnnkeras.model.padding import for_xla
from cnnkeras.model.winograd import by_winograd
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.optimizers import make_optimizer
from cnnkeras.training.replicas import NORMALIZES, ReplicaLoss, ReplicaSum
from cnnkeras.training.setup import Setup


def compile_model(model: keras.Model, architecture: Architecture, task: TrainableTask, setup: Setup) -> None:
    """Give the network its optimizer, losses and metrics, within the strategy's scope."""
    training, outputs = architecture.training, architecture.outputs
    if setup.jit_compile.value is True:
        for_xla(model)
    if setup.winograd.value:
        by_winograd(model)
    with setup.strategy.value.scope():
        losses = [task.loss(architecture, output) for output in outputs]
        if setup.replicas > 1:
            losses = [(ReplicaSum if getattr(loss, NORMALIZES, False) else ReplicaLoss)(loss) for loss in losses]
        metrics = task.metric_objects(architecture)
        weights = None if training.loss_weights is None else list(training.loss_weights)
        single = len(outputs) == 1
        # Keras scales the loss of float16 by itself only where the policy is the global one.
        in_float16 = setup.precision.value == "mixed_float16"
        optimizer = make_optimizer(training.optimizer, setup.steps_per_epoch, training.epochs, in_float16)
        model.compile(
            optimizer=optimizer,
            auto_scale_loss=False,
            loss=losses[0] if single else losses,
            loss_weights=weights,
            metrics=metrics if single else [metrics, *([] for _ in outputs[1:])],
            jit_compile=setup.jit_compile.value,
            steps_per_execution=setup.steps_per_execution.value,
        )
        # Built here, and not by the first step, so that a checkpoint finds its variables.
        model.optimizer.build(model.trainable_variables)
