"""Trains a built network on its data, writes down what happens, and leaves the best network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.datasets.balance import class_weights, weigh
from cnnkeras.datasets.order import Epoch
from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.reading import streaming
from cnnkeras.datasets.source import Data
from cnnkeras.datasets.tiling import epoch_size
from cnnkeras.errors import RunError, first_line
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.atomic import write_atomically
from cnnkeras.training.checkpoint import Checkpoints, State
from cnnkeras.training.fitting import build_for, over_replicas, skip_steps
from cnnkeras.training.interruption import Interrupted, Interruption, StopWhenInterrupted
from cnnkeras.training.monitor import Monitor, choose_monitor
from cnnkeras.training.optimizers import make_optimizer
from cnnkeras.training.progress import Display
from cnnkeras.training.recorder import Finite, MainOutput, Recorder, SameFigures, write_history
from cnnkeras.training.replicas import NORMALIZES, ReplicaLoss
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.setup import Setup

# What an operation that waits for another worker ends with when that one is gone.
LOST_WORKER = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError)
_START_ALL = "to go on, start every worker again with --resume and the folder that the chief names"
Callbacks = Sequence[keras.callbacks.Callback]


@dataclass(frozen=True)
class Trained:
    """The outcome: the figures of the epochs, the best of them, and the figure that decided.

    `message` says why nothing, or not everything, was trained; None where all epochs were.
    """

    history: list[dict[str, float]]
    best_epoch: int | None
    monitor: str
    message: str | None


def train(
    model: keras.Model,
    architecture: Architecture,
    task: TrainableTask,
    data: Data,
    run: RunDirectory,
    setup: Setup,
    callbacks: Callbacks = (),
    on_restored: Callable[[], None] | None = None,
) -> Trained:
    """Train `model`, built within the setup's scope, from where the run's checkpoints stand.

    At the end `model` has the weights of the best epoch, and `run.model` holds them, however the training ends.
    `callbacks` are Keras's, called after the epoch is written down. `on_restored` is called once the network and its
    optimizer hold what the checkpoints have, before anything is trained or written: a change to the run's own file
    that does not fit its checkpoints is not to be kept.

    Raises:
        RunError: its checkpoints can't be read or don't fit, it was interrupted, its loss became NaN, its examples
            can't be read, or the run can't be written; says how to go on.

    """
    monitor = choose_monitor(architecture, task)
    with run.writing():
        setup.agreement.share(run.checkpoints)
    state = Checkpoints(run.checkpoints).read()
    training = _Training(model, architecture, task, data, run, setup, monitor, state)
    with run.writing():
        training.restore()
        if on_restored:
            on_restored()
        message = training.train(callbacks)
    return Trained(state.history, state.best.epoch if state.best else None, monitor.column, message)


@dataclass
class _Training:
    """One training, from the state it begins with; `state` goes along."""

    model: keras.Model
    architecture: Architecture
    task: TrainableTask
    data: Data
    run: RunDirectory
    setup: Setup
    monitor: Monitor
    state: State
    # What the metrics had added up in the middle of an epoch.
    sums: Sequence[Any] = ()

    def restore(self) -> None:
        """Compile, and take what the checkpoints have. Raises RunError."""
        compile_model(self.model, self.architecture, self.task, self.setup)
        if self.state.epoch or self.state.step:
            self.sums = Checkpoints(self.run.checkpoints).restore(self.state, self.model)

    def train(self, callbacks: Callbacks) -> str | None:
        """Fit, keep the best. Raises RunError, and OSError where the run can't be written."""
        write_history(self.run, self.state.history)
        message = self._nothing_to_train()
        if message is None:
            self._fit_or_stop(callbacks)
            message = self._ended_early()
        self._keep_best()
        return message

    def _nothing_to_train(self) -> str | None:
        epochs = self.architecture.training.epochs
        if not epochs:
            return "training.epochs is 0: the network is evaluated as it is"
        if not self.model.trainable_variables:
            return "the network has no weights to train: it is evaluated as it is"
        if self.state.epoch >= epochs:
            return f"all of its {self.state.epoch} epochs were trained before"
        if self.state.stopped:
            return f"it was stopped early before, after epoch {self.state.epoch} of {epochs}"
        return None

    def _ended_early(self) -> str | None:
        epoch, epochs = self.state.epoch, self.architecture.training.epochs
        return f"stopped early, after epoch {epoch} of {epochs}" if epoch < epochs else None

    def _fit_or_stop(self, callbacks: Callbacks) -> None:
        interruption = Interruption()
        try:
            with streaming(" and ".join(part for part in self.data.parts if part != "test")):
                self._fit(callbacks, interruption)
        except Interrupted:
            self._keep_best_if_any()
            raise self._stopped(f"stopped by {interruption.name}") from None
        except RunError:
            self._keep_best_if_any()
            raise
        except LOST_WORKER as error:
            if not self.setup.is_group:
                raise
            raise self._stopped(f"another worker went away ({first_line(error)})") from error
        except tf.errors.ResourceExhaustedError as error:
            size = self.architecture.training.batch_size
            raise RunError(
                f"the device's memory is too small for a batch of {size}", f"try training.batch_size={size // 2 or 1}"
            ) from error
        finally:
            # Keras does not call it where fit is left by an exception, and files would stay open.
            for callback in callbacks:
                callback.on_train_end()

    def _stopped(self, reason: str) -> RunError:
        epoch, epochs, step = self.state.epoch, self.architecture.training.epochs, self.state.step
        where = f"after epoch {epoch} of {epochs}"
        if step:
            where = f"after step {step} of {self.setup.steps_per_epoch} in epoch {epoch + 1} of {epochs}"
        if not self.run.is_kept:
            return RunError(f"{reason} {where}; the chief keeps what there is", _START_ALL)
        kept = "no epoch is whole yet"
        if self.state.best:
            value = f"{self.monitor.column} {self.state.best.value:.4f}"
            kept = f"the best network so far, of epoch {self.state.best.epoch} ({value}), is {self.run.model}"
        together = ", on every worker" if self.setup.is_group else ""
        return RunError(f"{reason} {where}; {kept}", f"to go on{together}: {self.run.resume_command}")

    def _fit(self, callbacks: Callbacks, interruption: Interruption) -> None:
        training, parts = self.architecture.training, self.data.parts
        replicas = self.setup.replicas
        epoch = Epoch(self.state.epoch)
        examples = self._for_every_output(
            batches(parts["train"], self.architecture, training.batch_size, True, training.seed, epoch, replicas),
            class_weights(parts["train"], self.architecture),
        )
        if self.state.step or replicas > 1:
            build_for(self.model, examples)
        if self.state.step:
            skip_steps(self.model, self.state.step)
        display = Display(training.epochs, self.setup.steps_per_epoch, training.batch_size, self.state.epoch)
        own = self._callbacks(epoch, display, interruption)
        with ExitStack() as stack:
            stack.enter_context(interruption)
            if self.setup.is_chief:
                stack.enter_context(display)
            if replicas > 1:
                stack.enter_context(over_replicas(self.model))
            self.model.fit(
                examples,
                validation_data=self._for_every_output(
                    batches(parts["validation"], self.architecture, training.batch_size, False, replicas=replicas)
                ),
                epochs=training.epochs,
                initial_epoch=self.state.epoch,
                callbacks=[*own, *callbacks],
                shuffle=False,  # the batches come shuffled
                verbose=0,
            )

    def _for_every_output(self, examples: tf.data.Dataset, weights: np.ndarray | None = None) -> tf.data.Dataset:
        """Give every output the same labels, as deep supervision does, and the weight of each by its class."""
        outputs = [self.model.get_layer(name).output.shape for name in self.architecture.outputs]
        if len(outputs) == 1 and weights is None:
            return examples

        def spread(images: tf.Tensor, labels: tf.Tensor) -> tuple[Any, ...]:
            every = [(labels,) * len(outputs)]
            if weights is not None:
                every.append(tuple(weigh(labels, weights, shape) for shape in outputs))
            return (images, *(each if len(outputs) > 1 else each[0] for each in every))

        return examples.map(spread)

    def _callbacks(self, epoch: Epoch, display: Display, interruption: Interruption) -> list[keras.callbacks.Callback]:
        """Give our callbacks in the order in which they must hear of an epoch: who decides before who writes down."""
        watched = _watchers(self.architecture)
        pictures = epoch_size(self.data.parts["train"], self.architecture)
        minutes = self.architecture.training.checkpoint_minutes
        recorder = Recorder(
            self.run, self.state, self.monitor, epoch, pictures, watched, self.sums, minutes, self.setup.agreement
        )
        return [
            *self.task.callbacks(self.architecture, self.data),
            *([MainOutput(self.architecture.outputs[0])] if len(self.architecture.outputs) > 1 else []),
            *([SameFigures(self.setup.agreement)] if self.setup.is_group else []),
            Finite(self.setup.steps_per_epoch),
            *([keras.callbacks.SwapEMAWeights()] if self.architecture.training.optimizer.use_ema else []),
            *watched,
            recorder,
            *([display] if self.setup.is_chief else []),
            StopWhenInterrupted(interruption, recorder.save_within_epoch, self.setup.agreement),
        ]

    def _keep_best_if_any(self) -> None:
        """Keep the best of a training that broke off; weights from the middle of the first epoch are worth nothing."""
        if self.state.best:
            self._keep_best()

    def _keep_best(self) -> None:
        """Give the network the best epoch's weights, and write it without optimizer and loss: those are training's."""
        if not self.run.is_kept:
            return
        Checkpoints(self.run.checkpoints).restore_best(self.state, self.model)
        bare = keras.Model(self.model.input, self.model.output, name=self.model.name)
        write_atomically(self.run.model, bare.save)


def compile_model(model: keras.Model, architecture: Architecture, task: TrainableTask, setup: Setup) -> None:
    """Give the network its optimizer, losses and metrics, within the strategy's scope."""
    training, outputs = architecture.training, architecture.outputs
    with setup.strategy.value.scope():
        losses = [task.loss(architecture, output) for output in outputs]
        if setup.replicas > 1:
            losses = [loss if getattr(loss, NORMALIZES, False) else ReplicaLoss(loss) for loss in losses]
        metrics = task.metric_objects(architecture)
        weights = None if training.loss_weights is None else list(training.loss_weights)
        single = len(outputs) == 1
        optimizer = make_optimizer(training.optimizer, setup.steps_per_epoch, training.epochs)
        if setup.precision.value == "mixed_float16":
            # Small gradients are 0 in float16. Keras adds it only where the policy is the global one.
            optimizer = keras.optimizers.LossScaleOptimizer(optimizer)
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


def _watchers(architecture: Architecture) -> list[Any]:
    """Give Keras's callbacks that watch a figure from epoch to epoch."""
    training = architecture.training
    stopping, plateau = training.early_stopping, training.reduce_learning_rate
    return [
        *([keras.callbacks.EarlyStopping(**stopping.model_dump())] if stopping else []),
        *([keras.callbacks.ReduceLROnPlateau(**plateau.model_dump())] if plateau else []),
    ]
