"""Trains a built network on its data, writes down what happens, and leaves the best network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from cnnkeras.datasets.order import Epoch
from cnnkeras.datasets.preparation import scale
from cnnkeras.datasets.reading import streaming
from cnnkeras.datasets.source import Data
from cnnkeras.datasets.tiling import epoch_size
from cnnkeras.errors import RunError
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.atomic import write_atomically
from cnnkeras.training.callbacks import deciding, in_order, watchers
from cnnkeras.training.checkpoint import Checkpoints
from cnnkeras.training.course import Course
from cnnkeras.training.endings import Endings
from cnnkeras.training.feeding import training_batches, validation_batches
from cnnkeras.training.fitting import build_for, divided, skip_steps
from cnnkeras.training.history import write_history
from cnnkeras.training.interruption import Interruption
from cnnkeras.training.mark import Mark
from cnnkeras.training.monitor import choose_monitor
from cnnkeras.training.progress import Display
from cnnkeras.training.recorder import Recorder
from cnnkeras.training.restoring import restore
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
        UserError: the data has other classes than those that the run was trained on.

    """
    monitor = choose_monitor(architecture, task)
    with run.writing():
        setup.agreement.share(run.checkpoints)
    state = Checkpoints(run.checkpoints).read()
    course = Course(model, architecture, task, data, run, setup, monitor, state)
    with run.writing():
        sums = restore(course)
        if on_restored:
            on_restored()
        # Only now: going on that is refused is to leave the reason where it is.
        if run.was_finished or run.stopped != Mark():
            run.mark(Mark())
        message = _Training(course, sums).train(callbacks)
    return Trained(state.history, state.best.epoch if state.best else None, monitor.column, message)


@dataclass(frozen=True)
class _Training:
    """The training of a course, from the state it begins with."""

    course: Course
    # What the metrics had added up in the middle of an epoch.
    sums: Sequence[Any]

    def train(self, callbacks: Callbacks) -> str | None:
        """Fit, keep the best. Raises RunError, and OSError where the run can't be written."""
        write_history(self.course.run, self.course.state.history)
        message = self.course.nothing_to_train()
        if message is None:
            self._fit_or_stop(callbacks)
            message = self.course.ended_early()
        elif self.course.state.epoch:
            self._let_catch_up(callbacks)
        self._keep_best()
        return message

    def _let_catch_up(self, callbacks: Callbacks) -> None:
        """Let them hear of a training that is over: who trained may have died before it told them of the last epoch."""
        for callback in callbacks:
            callback.set_model(self.course.model)
            callback.on_train_begin()
            callback.on_train_end()

    def _fit_or_stop(self, callbacks: Callbacks) -> None:
        parts = " and ".join(part for part in self.course.data.parts if part != "test")
        try:
            with _ending(callbacks), streaming(parts):
                self._fit(callbacks)
        except OSError:
            with suppress(OSError, RunError):  # there may be room for it, or none
                self._keep_best_if_any()
            raise
        except Exception as error:
            self._keep_best_if_any()
            told = Endings(self.course).told(error)
            if told is error:
                raise
            raise told from error

    def _fit(self, callbacks: Callbacks) -> None:
        model, setup, state, parts = self.course.model, self.course.setup, self.course.state, self.course.data.parts
        architecture = self.course.architecture
        epoch, watching, interruption = Epoch(state.epoch), watchers(architecture), Interruption()
        examples = self._examples(epoch)
        recorder = self._recorder(epoch, watching)
        if state.step or setup.replicas > 1:
            build_for(model, examples)
        if state.step:
            skip_steps(model, state.step, setup.steps_per_epoch, recorder.take_up)
        training = architecture.training
        display = Display(training.epochs, setup.steps_per_epoch, training.batch_size, state.epoch)
        before = deciding(architecture, self.course.task, self.course.data, setup)
        own = in_order(before, watching, recorder, display, interruption, setup)
        with ExitStack() as stack:
            stack.enter_context(interruption)
            if setup.is_chief:
                stack.enter_context(display)
            stack.enter_context(divided(model, setup.replicas, setup.batch_parts.value, self._scale))
            model.fit(
                examples,
                validation_data=validation_batches(model, architecture, parts["validation"], setup.replicas),
                epochs=training.epochs,
                initial_epoch=state.epoch,
                callbacks=[*own, *callbacks],
                shuffle=False,  # the batches come shuffled
                verbose=0,
            )

    def _examples(self, epoch: Epoch) -> tf.data.Dataset:
        course, setup = self.course, self.course.setup
        # In parts, each scales its own pictures: a thread of tf.data that did would hold up one part, and so the step.
        in_whole = setup.batch_parts.value == 1
        part = course.data.parts["train"]
        return training_batches(course.model, course.architecture, part, epoch, setup.replicas, in_whole)

    def _scale(self, images: Any) -> Any:
        return scale(images, self.course.architecture.input)

    def _recorder(self, epoch: Epoch, watching: Sequence[Any]) -> Recorder:
        course = self.course
        pictures = epoch_size(course.data.parts["train"], course.architecture)
        minutes, agreement = course.architecture.training.checkpoint_minutes, course.setup.agreement
        return Recorder(
            course.run, course.state, course.monitor, epoch, pictures, watching, self.sums, minutes, agreement
        )

    def _keep_best_if_any(self) -> None:
        """Keep the best of a training that broke off; weights from the middle of the first epoch are worth nothing."""
        if self.course.state.best:
            self._keep_best()

    def _keep_best(self) -> None:
        """Give the network the best epoch's weights, and write it without optimizer and loss: those are training's."""
        run, model = self.course.run, self.course.model
        if not run.is_kept:
            return
        self.course.checkpoints.restore_best(self.course.state, model)
        bare = keras.Model(model.input, model.output, name=model.name)
        write_atomically(run.model, bare.save)


@contextmanager
def _ending(callbacks: Callbacks) -> Iterator[None]:
    """Let callbacks end where `fit` is left by an exception, as Keras does not, and files would stay open."""
    try:
        yield
    except BaseException:
        for callback in callbacks:
            with suppress(Exception):  # what ended the training is the news
                callback.on_train_end()
        raise
