"""The training as a whole: what it leaves, how it ends, and that going on is the same as not having stopped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest
import tensorflow as tf

from cnnkeras.datasets import pipeline
from cnnkeras.datasets.source import Data
from cnnkeras.errors import RunError
from cnnkeras.training import endings, seen
from cnnkeras.training.checkpoint import Checkpoints
from cnnkeras.training.mark import Mark
from cnnkeras.training.state import State
from tests.training.conftest import LAYERS, PLAIN, Make


class Stop(Exception):
    """Stands for a process that dies."""


class StopAfter(keras.callbacks.Callback):
    """Leaves the training at the end of an epoch, as a kill does: nothing after it is called."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if epoch + 1 == self.epoch:
            raise Stop


class StopInTheMiddle(keras.callbacks.Callback):
    """Leaves it in the middle of the second epoch."""

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.model.optimizer.iterations >= 9:
            raise Stop


class StopInValidation(keras.callbacks.Callback):
    """Leaves it in the validation of the second epoch."""

    def on_test_begin(self, logs: Any = None) -> None:
        if self.model.optimizer.iterations == 12:
            raise Stop


class Hear(keras.callbacks.Callback):
    """Notes what it is told of."""

    def __init__(self) -> None:
        super().__init__()
        self.of: list[str] = []

    def on_train_begin(self, logs: Any = None) -> None:
        self.of.append("begin")

    def on_train_end(self, logs: Any = None) -> None:
        self.of.append("end")


class Spoil(keras.callbacks.Callback):
    """Makes a layer's weights no numbers before an epoch."""

    def __init__(self, epoch: int, layer: int) -> None:
        super().__init__()
        self.epoch, self.layer = epoch, layer

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if epoch + 1 == self.epoch:
            kernel = self.model.layers[self.layer].kernel
            kernel.assign(np.full(kernel.shape, np.nan))


class BlowUp(keras.callbacks.Callback):
    """Makes all weights as large as numbers may be, after the last step of an epoch."""

    def __init__(self, epoch: int) -> None:
        super().__init__()
        self.epoch, self.now = epoch, False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.now = epoch + 1 == self.epoch

    def on_test_begin(self, logs: Any = None) -> None:
        for variable in self.model.trainable_variables if self.now else ():
            variable.assign(np.full(variable.shape, 3e38))


class NoVariance(keras.callbacks.Callback):
    """Leaves the first epoch's moving variance where no number comes of it."""

    def on_test_begin(self, logs: Any = None) -> None:
        if self.model.optimizer.iterations == 6:
            for variable in self.model.non_trainable_variables:
                if "moving_variance" in variable.path:
                    variable.assign(np.full(variable.shape, np.nan))

    def on_test_end(self, logs: Any = None) -> None:
        for variable in self.model.non_trainable_variables:
            if "moving_variance" in variable.path:
                variable.assign(np.ones(variable.shape))


def weights(model: Any) -> list[Any]:
    return [np.asarray(value) for value in model.get_weights()]


def equal(one: list[Any], other: list[Any]) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_a_training_leaves_its_history_and_its_best_network(make: Make) -> None:
    """The user would have trained for nothing."""
    experiment = make(epochs=4, steps_per_execution="auto")
    run = experiment.create_run()
    model, trained = experiment.train(run)
    history = pd.read_csv(run.history)
    assert list(history.columns) == [
        "epoch", "seconds", "images_per_second", "learning_rate", "accuracy", "loss", "val_accuracy", "val_loss",
    ]  # fmt: skip
    assert list(history["epoch"]) == [1, 2, 3, 4]
    assert np.allclose(history["learning_rate"], 0.001)
    assert trained.message is None
    best = history.sort_values(["val_accuracy", "val_loss"], ascending=[False, True])["epoch"].iloc[0]
    assert trained.best_epoch == best
    saved = keras.models.load_model(run.model)
    assert equal(weights(saved), weights(model))
    assert not saved.compiled
    assert sorted(file.name for file in run.checkpoints.iterdir()) == [f"best-{best}.npz", "epoch-4.npz", "state.json"]


@pytest.mark.parametrize("optimizer", [{"type": "Adam", "use_ema": True, "ema_momentum": 0.9}, {"type": "SGD"}])
def test_a_resumed_training_ends_as_one_that_was_not_stopped(make: Make, optimizer: dict[str, Any]) -> None:
    """Stopping and going on would give another network, silently: other order, other dropout, a fresh optimizer."""
    optimizer = {**optimizer, "learning_rate": {"type": "CosineDecay", "initial_learning_rate": 0.05}}
    experiment = make(epochs=4, optimizer=optimizer, early_stopping={"patience": 10}, steps_per_execution=2)
    whole, uninterrupted = experiment.train(experiment.create_run())
    run = experiment.create_run()
    with pytest.raises(Stop):
        experiment.train(run, StopAfter(2))
    resumed, trained = experiment.train(run)
    for one, other in zip(weights(whole), weights(resumed), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    columns = ["epoch", "learning_rate", "loss", "accuracy", "val_loss", "val_accuracy"]
    heard = Hear()
    assert experiment.train(run, heard)[1].message == "all of its 4 epochs were trained before"
    assert heard.of == ["begin", "end"]
    before, after = (pd.DataFrame(each.history)[columns] for each in (uninterrupted, trained))
    np.testing.assert_allclose(before, after, rtol=1e-4)
    assert len(pd.read_csv(run.history)) == 4


@pytest.mark.parametrize("batch_parts", [1, 3])
def test_an_epoch_is_gone_on_with_at_its_step(make: Make, batch_parts: int) -> None:
    """The rest of the epoch would see other pictures, or the same ones with other dropout."""
    experiment = make(epochs=2, checkpoint_minutes=1e-9, batch_parts=batch_parts)
    whole, uninterrupted = experiment.train(experiment.create_run())
    run = experiment.create_run()
    with pytest.raises(Stop):
        experiment.train(run, StopInTheMiddle())
    assert Checkpoints(run.checkpoints).read().step
    resumed, trained = experiment.train(run)
    for one, other in zip(weights(whole), weights(resumed), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    losses = [[epoch["loss"] for epoch in each.history] for each in (uninterrupted, trained)]
    np.testing.assert_allclose(*losses, rtol=1e-4)


@pytest.mark.parametrize(("before", "after"), [(1, 4), (2, 5), (3, 1)])
def test_steps_are_neither_lost_nor_repeated_where_calls_hold_others(make: Make, before: int, after: int) -> None:
    """A call of Keras's that holds the last step that was done and the first that was not would train neither."""
    fields: dict[str, Any] = {"epochs": 3, "checkpoint_minutes": 1e-9}
    whole, uninterrupted = make(**fields, steps_per_execution=after).train(make(**fields).create_run())
    first = make(**fields, steps_per_execution=before)
    run = first.create_run()
    with pytest.raises(Stop):
        first.train(run, StopInTheMiddle())
    resumed, trained = make(**fields, steps_per_execution=after).train(run)
    assert int(resumed.optimizer.iterations) == 3 * 6
    for one, other in zip(weights(whole), weights(resumed), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)
    losses = [[epoch["loss"] for epoch in each.history] for each in (uninterrupted, trained)]
    np.testing.assert_allclose(*losses, rtol=1e-4)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_a_training_in_half_the_bits_is_kept_and_resumed(make: Make, precision: str) -> None:
    """Half precision would lose the optimizer's state at a resume, or small gradients all the time."""
    experiment = make(epochs=4, precision=precision, optimizer={"type": "Adam", "learning_rate": 0.01})
    run = experiment.create_run()
    with pytest.raises(Stop):
        experiment.train(run, StopAfter(3))
    model, trained = experiment.train(run)
    assert len(trained.history) == 4
    assert trained.history[-1]["loss"] < trained.history[0]["loss"]
    scaled = isinstance(model.optimizer, keras.optimizers.LossScaleOptimizer)
    assert scaled == (precision == "mixed_float16")
    assert {str(weight.dtype) for weight in keras.models.load_model(run.model).weights} == {"float32"}


def test_a_resumed_training_remembers_its_patience(make: Make) -> None:
    """Early stopping would begin to count anew at every resume."""
    experiment = make(
        epochs=8, optimizer={"type": "SGD", "learning_rate": 1e-9}, early_stopping={"patience": 3, "min_delta": 1}
    )
    run = experiment.create_run()
    with pytest.raises(Stop):
        experiment.train(run, StopAfter(3))
    _, trained = experiment.train(run)
    assert len(trained.history) == 4
    assert trained.message == "stopped early, after epoch 4 of 8"
    _, again = experiment.train(run)
    assert again.message == "it was stopped early before, after epoch 4 of 8"
    optimizer = {"type": "SGD", "learning_rate": 1e-9}
    patient = make(epochs=8, optimizer=optimizer, early_stopping={"patience": 5, "min_delta": 1}).train(run)[1]
    assert patient.message == "stopped early, after epoch 6 of 8"
    assert make(epochs=8, optimizer=optimizer).train(run)[1].message is None


def test_the_learning_rate_falls_on_a_plateau(make: Make) -> None:
    """A section of the file would have no effect."""
    plateau = {"patience": 1, "factor": 0.5, "min_delta": 10.0}
    experiment = make(epochs=4, reduce_learning_rate=plateau, optimizer={"type": "SGD", "learning_rate": 0.1})
    _, trained = experiment.train(experiment.create_run())
    assert [row["learning_rate"] for row in trained.history] == pytest.approx([0.1, 0.1, 0.05, 0.025])


def test_a_loss_that_is_no_number_ends_the_training_and_keeps_the_best(make: Make) -> None:
    """Hours would be spent on a network that is lost, and the good one overwritten."""
    experiment = make(epochs=4, steps_per_execution=1)
    run = experiment.create_run()
    with pytest.raises(RunError) as caught:
        experiment.train(run, Spoil(3, layer=-1))
    assert str(caught.value) == (
        "the loss became nan in epoch 3, by step 1 of 6\n"
        "     = help: use a smaller learning rate, or clipnorm in the optimizer, "
        f"as in {run.resume_command}; the best epoch before is {run.model}"
    )
    change = """'training.optimizer={"type": "Adam", "learning_rate": 0.0001}'"""
    assert run.stopped == Mark("the loss became nan in epoch 3, by step 1 of 6", change)
    assert run.resume_command == f"python run.py --resume {run.path} {change}"
    saved = keras.models.load_model(run.model)
    assert all(np.isfinite(value).all() for value in weights(saved))
    assert len(pd.read_csv(run.history)) == 2


@pytest.mark.parametrize("begin", [[], [{"type": "BatchNormalization"}]])
def test_weights_that_no_number_comes_of_are_not_kept(make: Make, begin: list[dict[str, Any]]) -> None:
    """The last step of an epoch blew them up, to numbers; every resume would begin with them, and end at once."""
    layers = [*begin, *PLAIN]
    experiment = make(layers, epochs=3)
    run = experiment.create_run()
    with pytest.raises(RunError) as caught:
        experiment.train(run, BlowUp(3))
    assert str(caught.value).startswith("val_loss became ")
    assert Checkpoints(run.checkpoints).read().epoch == 2
    assert len(make(layers, epochs=3).train(run)[1].history) == 3


def test_averages_that_are_not_near_yet_may_come_right(make: Make) -> None:
    """In half the bits the first epochs of a deep network may overflow in validation alone, and it trains well."""
    experiment = make([*PLAIN[:2], {"type": "BatchNormalization"}, PLAIN[2]], epochs=3)
    run = experiment.create_run()
    trained = experiment.train(run, NoVariance())[1]
    assert not np.isfinite(trained.history[0]["val_loss"])
    assert trained.best_epoch != 1
    assert len(trained.history) == 3


def test_where_it_came_from_may_not_be_found(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device with room for one network alone would end it in a traceback, and what is spoiled stay saved."""

    def no_room(_: Any) -> None:
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr(endings, "find_origin", no_room)
    experiment = make(epochs=3, checkpoint_minutes=1e-9)
    run = experiment.create_run()
    with pytest.raises(RunError, match=r"^the loss became nan in epoch 2, by step 1 of 6\n"):
        experiment.train(run, Spoil(2, layer=-1))
    assert run.stopped.reason == "the loss became nan in epoch 2, by step 1 of 6"


def test_what_xla_can_not_compile_is_told(make: Make) -> None:
    """Pages of TensorFlow's would end in the name of an operation, and no word on what to do."""
    layers = [PLAIN[0], {"type": "Resizing", "height": 12, "width": 12, "interpolation": "lanczos3"}, *PLAIN[1:]]
    run = (experiment := make(layers, epochs=1, jit_compile=True)).create_run()
    with pytest.raises(RunError) as caught:
        experiment.train(run)
    assert str(caught.value) == (
        "XLA can't compile the training step: it has no ScaleAndTranslate\n"
        f"     = help: go on without XLA: python run.py --resume {run.path} training.jit_compile=false"
    )


def test_weights_that_are_no_numbers_are_seen_behind_a_relu(make: Make) -> None:
    """ReLU makes 0 of NaN: the loss would look well, and the network be dead."""
    experiment = make(epochs=4)
    with pytest.raises(RunError, match=r"^the weights conv2d_1/kernel hold numbers that are none, after epoch 2\n"):
        experiment.train(experiment.create_run(), Spoil(2, layer=1))


class Fail(keras.callbacks.Callback):
    """Fails at the end of an epoch."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error
        self.ended = False

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        raise self.error

    def on_train_end(self, logs: Any = None) -> None:
        self.ended = True
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            OSError(28, "No space left on device"),
            "the run can't be written: No space left on device\n"
            "     = help: make room, or see to the folder's permissions; then: python run.py --resume {run}",
        ),
        (
            tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor"),
            "the device's memory is too small for a batch of 16\n"
            "     = help: a batch of 8 fits; to go on with it: python run.py --resume {run} training.batch_size=8",
        ),
    ],
)
def test_what_the_machine_lacks_is_told_in_a_sentence(make: Make, error: Exception, text: str) -> None:
    """A full disk or a full memory would end in a traceback, and files stay open."""
    experiment = make(loss_weights=[1.0])
    run, fail = experiment.create_run(), Fail(error)
    with pytest.raises(RunError) as caught:
        experiment.train(run, fail)
    assert str(caught.value) == text.format(run=run.path)
    assert fail.ended


def test_nothing_is_trained_with_no_epochs(make: Make) -> None:
    """The classical filters, or a network that is there to be measured, could not be run."""
    experiment = make(epochs=0)
    run = experiment.create_run()
    _, trained = experiment.train(run)
    assert trained.message == "training.epochs is 0: the network is evaluated as it is"
    assert run.model.exists()
    assert run.history.read_text() == "epoch\n"


def test_nothing_is_trained_without_weights(make: Make) -> None:
    """Keras would fail where a network of fixed filters asks for training."""
    layers = [{**layer, "trainable": False} for layer in LAYERS]
    experiment = make(layers)
    _, trained = experiment.train(experiment.create_run())
    assert trained.message == "the network has no weights to train: it is evaluated as it is"


def test_a_spoiled_step_is_not_gone_on_from(make: Make) -> None:
    """Weights that are blown up, and finite, would be saved within the epoch, and no rate could rescue the run."""
    fields: dict[str, Any] = {"epochs": 2, "checkpoint_minutes": 1e-9, "plain": True}
    experiment = make(**fields, optimizer={"type": "SGD", "learning_rate": 1e30})
    run = experiment.create_run()
    with pytest.raises(RunError, match="the loss became"):
        experiment.train(run)
    state = Checkpoints(run.checkpoints).read()
    assert (state.epoch, state.step) == (0, 0)
    _, trained = make(**fields, optimizer={"type": "SGD", "learning_rate": 1e-3}).train(run)
    assert len(trained.history) == 2


class SpoilWithin(keras.callbacks.Callback):
    """Makes a layer's weights no numbers in the middle of the second epoch."""

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        if self.model.optimizer.iterations == 9:
            kernel = self.model.layers[-1].kernel
            kernel.assign(np.full(kernel.shape, np.inf))


def test_going_on_begins_with_the_epoch_that_was_spoiled(make: Make) -> None:
    """Going on would begin with the spoiled weights, and end as before, whatever was changed."""
    experiment = make(epochs=2, checkpoint_minutes=1e-9, plain=True)
    whole = experiment.train(experiment.create_run())[0]
    run = experiment.create_run()
    with pytest.raises(RunError, match="epoch 2"):
        experiment.train(run, SpoilWithin())
    state = Checkpoints(run.checkpoints).read()
    assert (state.epoch, state.step) == (1, 0)
    for one, other in zip(weights(whole), weights(experiment.train(run)[0]), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_how_far_a_training_is() -> None:
    """Who goes on with a run would not know how much of it is left."""
    assert State().describe() == "from the beginning: no step was saved"
    assert State(3).describe() == "after epoch 3"
    assert State(0, 5).describe() == "after epoch 0 and 5 steps"


def test_examples_that_can_not_be_read_in_the_middle_are_told(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged file, or a label that is no class, would end a training in pages of TensorFlow's places."""
    for module in (pipeline, seen):
        monkeypatch.setattr(module, "kept", lambda *_, **__: None)
    experiment = make(epochs=1)
    train = replace(experiment.data.parts["train"], num_classes=2)
    experiment = replace(experiment, data=Data({**experiment.data.parts, "train": train}, experiment.data.class_names))
    with pytest.raises(RunError) as caught:
        experiment.train(experiment.create_run())
    assert str(caught.value) == (
        "train and validation: the data can't be read: an example has the label 2, and the classes are 0 to 1\n"
        "     = help: prepare the data again"
    )


def test_deep_supervision_names_the_main_output_s_figures_plainly(make: Make) -> None:
    """A second output would rename the accuracy, and every figure that reads it would be empty."""
    layers = [
        LAYERS[0],
        {"type": "GlobalAveragePooling2D", "name": "seen"},
        {"type": "Dense", "name": "main", "units": "num_classes", "activation": "softmax"},
        {"type": "Dense", "name": "auxiliary", "inputs": "seen", "units": "num_classes"},
    ]
    experiment = make(layers, loss_weights=[1.0, 0.3], outputs=["main", "auxiliary"])
    _, trained = experiment.train(experiment.create_run())
    assert {"accuracy", "val_accuracy", "loss", "val_loss"} <= trained.history[-1].keys()
    assert trained.monitor == "val_accuracy"
    assert trained.best_epoch is not None
    # The loss of one output can be watched: the sum of all may go another way.
    stopping = {"early_stopping": {"monitor": "val_auxiliary_loss", "min_delta": 100.0}, "monitor": "val_main_loss"}
    experiment = make(layers, loss_weights=[1.0, 0.3], outputs=["main", "auxiliary"], **stopping)
    _, trained = experiment.train(experiment.create_run())
    assert len(trained.history) == 2
    losses = [epoch["val_main_loss"] for epoch in trained.history]
    assert trained.best_epoch == 1 + losses.index(min(losses))
