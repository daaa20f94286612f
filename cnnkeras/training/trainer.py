"""Trains a built network on its data, writes down what happens, and leaves the best network."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from cnnkeras.datasets.order import Epoch
from cnnkeras.datasets.preparation import scale
from cnnkeras.datasets.reading import streaming
from cnnkeras.datasets.source import Data
from cnnkeras.datasets.tiling import epoch_size
from cnnkeras.errors import RunError, first_line
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.atomic import write_atomically
from cnnkeras.training.callbacks import deciding, in_order, watchers
from cnnkeras.training.checkpoint import Broken, Checkpoints, State
from cnnkeras.training.compiling import compile_model
from cnnkeras.training.endings import Endings
from cnnkeras.training.feeding import training_batches, validation_batches
from cnnkeras.training.finite import NotFinite
from cnnkeras.training.fitting import build_for, divided, skip_steps
from cnnkeras.training.group import LOST_WORKER
from cnnkeras.training.interruption import Interrupted, Interruption
from cnnkeras.training.mark import Mark
from cnnkeras.training.monitor import Monitor, choose_monitor
from cnnkeras.training.optimizers import follows_epochs, place_schedule
from cnnkeras.training.progress import Display
from cnnkeras.training.recorder import Recorder, write_history
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.setup import Setup

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
        # Only now: going on that is refused is to leave the reason where it is.
        if run.stopped != Mark():
            run.mark(Mark())
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
            checkpoints = Checkpoints(self.run.checkpoints)
            self.sums = checkpoints.restore(self.state, self.model)
            self._forget_a_broken_best(checkpoints)
        training, optimizer = self.architecture.training, self.model.optimizer
        is_other_size = self.state.count_in(training.batch_size, self.setup.steps_per_epoch)
        self.state.follow(training.optimizer.learning_rate, optimizer)
        if is_other_size and follows_epochs(training):
            place_schedule(optimizer, self.state.epoch * self.setup.steps_per_epoch + self.state.step)

    def _forget_a_broken_best(self, checkpoints: Checkpoints) -> None:
        """Look at the best network now: at the end all that is trained meanwhile would be lost with it."""
        try:
            checkpoints.check_best(self.state, self.model)
        except Broken as error:
            if self._nothing_to_train():
                further = f"{self.run.resume_command} training.epochs={self.state.epoch + 1}"
                raise RunError(error.message, f"train further, as in {further}, or start a new run") from error
            print(f"{error.message}; the best of the epochs from here on will be kept", file=sys.stderr)
            self.state.best = None

    def train(self, callbacks: Callbacks) -> str | None:
        """Fit, keep the best. Raises RunError, and OSError where the run can't be written."""
        write_history(self.run, self.state.history)
        message = self._nothing_to_train()
        if message is None:
            self._fit_or_stop(callbacks)
            message = self._ended_early()
        elif self.state.epoch:
            self._let_catch_up(callbacks)
        self._keep_best()
        return message

    def _let_catch_up(self, callbacks: Callbacks) -> None:
        """Let them hear of a training that is over: who trained may have died before it told them of the last epoch."""
        for callback in callbacks:
            callback.set_model(self.model)
            callback.on_train_begin()
            callback.on_train_end()

    def _nothing_to_train(self) -> str | None:
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

    def _is_out_of_patience(self) -> bool:
        """Tell whether early stopping holds still: the file may have been given more patience, or no such section."""
        stopping = self.architecture.training.early_stopping
        waited = self.state.callbacks.get("EarlyStopping", {}).get("wait", 0)
        return stopping is not None and waited >= stopping.patience

    def _ended_early(self) -> str | None:
        epoch, epochs = self.state.epoch, self.architecture.training.epochs
        return f"stopped early, after epoch {epoch} of {epochs}" if epoch < epochs else None

    def _fit_or_stop(self, callbacks: Callbacks) -> None:
        interruption = Interruption()
        endings = Endings(self.architecture, self.task, self.data, self.run, self.setup, self.monitor, self.state)
        try:
            with streaming(" and ".join(part for part in self.data.parts if part != "test")):
                self._fit(callbacks, interruption)
        except Interrupted:
            self._keep_best_if_any()
            raise endings.stopped(f"stopped by {interruption.name}") from None
        except NotFinite as error:
            self._keep_best_if_any()
            raise endings.not_finite(error) from None
        except RunError:
            self._keep_best_if_any()
            raise
        except LOST_WORKER as error:
            if not self.setup.is_group:
                raise
            self._keep_best_if_any()
            raise endings.stopped(f"another worker went away ({first_line(error)})") from error
        except tf.errors.ResourceExhaustedError as error:
            self._keep_best_if_any()
            raise endings.too_large() from error
        finally:
            # Keras does not call it where fit is left by an exception, and files would stay open.
            for callback in callbacks:
                callback.on_train_end()

    def _fit(self, callbacks: Callbacks, interruption: Interruption) -> None:
        training, parts, replicas = self.architecture.training, self.data.parts, self.setup.replicas
        epoch = Epoch(self.state.epoch)
        # In parts, each scales its own pictures: a thread of tf.data that did would hold up one part, and so the step.
        in_whole = self.setup.batch_parts.value == 1
        examples = training_batches(self.model, self.architecture, parts["train"], epoch, replicas, in_whole)
        watching = watchers(self.architecture)
        recorder = self._recorder(epoch, watching)
        if self.state.step or replicas > 1:
            build_for(self.model, examples)
        if self.state.step:
            skip_steps(self.model, self.state.step, self.setup.steps_per_epoch, recorder.take_up)
        display = Display(training.epochs, self.setup.steps_per_epoch, training.batch_size, self.state.epoch)
        before = deciding(self.architecture, self.task, self.data, self.setup)
        own = in_order(before, watching, recorder, display, interruption, self.setup)
        with ExitStack() as stack:
            stack.enter_context(interruption)
            if self.setup.is_chief:
                stack.enter_context(display)
            stack.enter_context(divided(self.model, replicas, self.setup.batch_parts.value, self._scale))
            self.model.fit(
                examples,
                validation_data=validation_batches(self.model, self.architecture, parts["validation"], replicas),
                epochs=training.epochs,
                initial_epoch=self.state.epoch,
                callbacks=[*own, *callbacks],
                shuffle=False,  # the batches come shuffled
                verbose=0,
            )

    def _scale(self, images: Any) -> Any:
        return scale(images, self.architecture.input)

    def _recorder(self, epoch: Epoch, watching: Sequence[Any]) -> Recorder:
        pictures = epoch_size(self.data.parts["train"], self.architecture)
        minutes = self.architecture.training.checkpoint_minutes
        return Recorder(
            self.run, self.state, self.monitor, epoch, pictures, watching, self.sums, minutes, self.setup.agreement
        )

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
