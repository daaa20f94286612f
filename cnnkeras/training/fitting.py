"""What Keras's `fit` has to be told beyond its arguments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import keras
import tensorflow as tf
from keras.src.backend.tensorflow import trainer as keras_trainer

from cnnkeras.training.parts import in_parts


def build_for(model: keras.Model, examples: tf.data.Dataset) -> None:
    """Make a compiled network's losses and metrics ready for such batches, as the first step of `fit` would."""
    batch = keras.tree.map_structure(
        lambda spec: tf.zeros([side or 1 for side in spec.shape], spec.dtype), examples.element_spec
    )
    with model.distribute_strategy.scope():
        model._symbolic_build(data_batch=batch)


def skip_steps(model: keras.Model, steps: int, of: int, on_skipped: Callable[[], None] = lambda: None) -> None:
    """Let the next `fit` pass the first batches `of` an epoch's by: those steps were done before.

    The batches are read all the same, so that what comes after them is what came after them then. `on_skipped` is
    called between the last that is skipped and the first that is trained, which one call of Keras's may hold both of.
    """
    model.make_train_function()
    train, one_step = model.train_function, _one_step(model)
    left, called = steps, 0

    def go_on(iterator: Any) -> Any:
        nonlocal left, called
        if left <= 0:
            return train(iterator)
        several = min(model.steps_per_execution, of - called)
        skipped = min(left, several)
        for _ in range(skipped):
            next(iterator)
        left, called = left - skipped, called + several
        if not left:
            on_skipped()
        logs = model.get_metrics_result()
        for _ in range(several - skipped):
            logs = one_step(iterator)
        return logs

    model.train_function = go_on


def _one_step(model: keras.Model) -> Callable[[Any], Any]:
    """Give a train function that takes one step a call, beside the network's own, which may take several."""
    train, several = model.train_function, model.steps_per_execution
    model.make_train_function(force=True)
    step, model.train_function = model.train_function, train

    def run(iterator: Any) -> Any:
        # Read when it is traced, by its first call.
        model.steps_per_execution = 1
        try:
            return step(iterator)
        finally:
            model.steps_per_execution = several

    return run


@contextmanager
def divided(
    model: keras.Model, replicas: int, parts: int, prepare: Callable[[Any], Any] = tf.identity
) -> Iterator[None]:
    """Let a network share its batches out: among so many replicas, and on one device in so many parts; see `in_parts`.

    Where there is one of both, nothing changes.
    """
    with ExitStack() as stack:
        if replicas > 1:
            stack.enter_context(over_replicas(model))
        if parts > 1:
            stack.enter_context(in_parts(model, parts, prepare))
        yield


@contextmanager
def over_replicas(model: keras.Model) -> Iterator[None]:
    """Make Keras's `fit` work for a network over several replicas that was built with `build_for`.

    As shipped it fails in two places (Keras issue 20585): it takes the mean of a distributed batch only to learn its
    shape, which neither several workers nor shares of different size allow; and with several workers it takes the
    mean of the metrics, which are single numbers, over their first axis.
    """
    reduce_per_replica = keras_trainer.reduce_per_replica

    def reduce(values: Any, strategy: Any, reduction: str) -> Any:
        has_workers = isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)
        if not has_workers or reduction not in {"auto", "mean"}:
            return reduce_per_replica(values, strategy, reduction)
        return keras.tree.map_structure(lambda value: strategy.reduce("MEAN", value, axis=None), values)

    keras_trainer.reduce_per_replica = reduce
    model._maybe_symbolic_build = lambda *_, **__: None
    try:
        yield
    finally:
        keras_trainer.reduce_per_replica = reduce_per_replica
        del model._maybe_symbolic_build
