"""Where the first number that is none came from: the sentence that a lost training ends with."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pandas as pd
import pytest

from cnnkeras.errors import RunError
from cnnkeras.training.fitting import divided
from cnnkeras.training.mark import Mark
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.spoiled_step import SpoiledStep
from tests.training.conftest import LAYERS, PLAIN, Experiment, Make

GENERAL = "use a smaller learning rate, or clipnorm in the optimizer"


def lines(experiment: Experiment, *callbacks: Any, run: RunDirectory | None = None) -> list[str]:
    with pytest.raises(RunError) as caught:
        experiment.train(run or experiment.create_run(), *callbacks)
    return str(caught.value).splitlines()


def test_a_learning_rate_that_is_far_too_large_is_traced_to_the_layer(make: Make) -> None:
    """A user would not know whether data, layer or learning rate is to blame, and try one after the other."""
    experiment = make(epochs=4, steps_per_execution=4, optimizer={"type": "SGD", "learning_rate": 1e30})
    run = experiment.create_run()
    first, second, cure = lines(experiment, run=run)
    assert first == "the loss became nan in epoch 1, by step 4 of 6"
    place = 'layers[3] Dense "dense_1" (file.json:25:3), for 16 of 16 pictures'
    assert second.startswith(f"     = it began in step 2 with what comes out of {place}; what goes in reaches ")
    command = f"python run.py --resume {run.path} training.optimizer.learning_rate=1e+29"
    assert cure == f"     = help: {GENERAL}, as in {command}"
    # Whoever meets the run later is told as well, until it is gone on with.
    assert run.unfinished.read_text() == (
        f"This run is not finished. To go on: {command}\n"
        "It was stopped: the loss became nan in epoch 1, by step 4 of 6\n"
        "Changes that may help: training.optimizer.learning_rate=1e+29\n"
    )
    assert run.resume_command == command
    # Going on that is refused leaves it there; going on in earnest does not.
    run.close()
    assert RunDirectory.resume(run.path).resume_command == command
    gentle = make(epochs=1, optimizer={"type": "SGD", "learning_rate": 0.01})
    gentle.train(run)
    assert run.stopped == Mark()


def test_a_layer_that_makes_infinity_of_ordinary_numbers_is_named(make: Make) -> None:
    """The layer that fails by itself would be looked for in the learning rate."""
    layers = [{"type": "Rescaling", "scale": 200.0}, {**PLAIN[0], "activation": "exponential"}, *PLAIN[1:]]
    _, second, cure = lines(make(layers, epochs=2))
    assert second.startswith(
        '     = it began in step 1 with what comes out of layers[1] Conv2D "conv2d_1" (file.json:16:3)'
    )
    assert cure == "     = help: look at this layer: it makes what is no number of ordinary ones"


def test_a_training_that_is_lost_after_a_checkpoint_is_traced_from_there(make: Make) -> None:
    """Only a training that fails at once would be explained, and what was good before be lost."""
    # The rate rises at the second epoch's fourth step.
    rate = {"type": "PiecewiseConstantDecay", "boundaries": [9], "values": [0.001, 1e30]}
    experiment = make(plain=True, epochs=4, checkpoint_minutes=1e-9, optimizer={"type": "SGD", "learning_rate": rate})
    run = experiment.create_run()
    with pytest.raises(RunError) as caught:
        experiment.train(run)
    first, second, _ = str(caught.value).splitlines()
    assert first == "the loss became nan in epoch 2, by step 6 of 6"
    assert second.startswith("     = it began in step 6 with what comes out of layers[2] Dense")
    assert len(pd.read_csv(run.history)) == 1
    assert all(np.isfinite(weight).all() for weight in keras.models.load_model(run.model).get_weights())


def spoiled(make: Make, monkeypatch: pytest.MonkeyPatch, spoil: Any) -> Experiment:
    """Give an experiment whose batches, as the trainer and the search for the origin get them, are spoiled."""
    from cnnkeras.training import origin, trainer

    batches = trainer.training_batches
    for module in (trainer, origin):
        monkeypatch.setattr(module, "training_batches", lambda *given, **named: batches(*given, **named).map(spoil))
    return make(plain=True, epochs=2)


def test_a_picture_that_is_no_picture_is_told(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A layer would be blamed for what the data, or an augmentation, brought in."""
    experiment = spoiled(make, monkeypatch, lambda images, labels: (images * np.nan, labels))
    assert lines(experiment)[1:] == [
        "     = it began in step 1 with the pictures of the batch, which hold numbers that are none",
        "     = help: look at the data with the command `data`, and at data.augmentation",
    ]


class RootOfNothing(keras.losses.Loss):  # type: ignore[misc]  # Keras carries no types
    """A loss that is finite, and whose gradient is not."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return keras.ops.sum(keras.ops.sqrt(y_pred * 0.0), axis=-1)


class LogarithmOfNothing(keras.losses.Loss):  # type: ignore[misc]  # Keras carries no types
    """A loss that is no number where everything before it is one."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return keras.ops.sum(keras.ops.log(y_pred * 0.0), axis=-1)


@pytest.mark.parametrize(
    ("loss", "text"),
    [
        (RootOfNothing, 'the gradient of layers[2] Dense "dense_1" (file.json:21:3); the loss was 0'),
        (
            LogarithmOfNothing,
            'the loss of what comes out of layers[2] Dense "dense_1" (file.json:21:3), every number of which is one',
        ),
    ],
)
def test_a_loss_and_a_gradient_are_told_from_a_layer(
    make: Make, monkeypatch: pytest.MonkeyPatch, loss: type, text: str
) -> None:
    """The last layer would be blamed for what the loss does with numbers that are in order."""
    experiment = make(plain=True, epochs=2)
    monkeypatch.setattr(type(experiment.task), "loss", lambda *_: loss())
    assert lines(experiment)[1] == f"     = it began in step 1 with {text}"


@pytest.mark.parametrize("parts", [1, 2])
def test_a_step_is_looked_at_with_the_dropout_that_it_had(parts: int) -> None:
    """What failed in the step would not fail again, and the step itself be blamed."""
    inputs = keras.Input((200,))
    model = keras.Model(inputs, keras.layers.Dropout(0.5)(inputs))
    step = SpoiledStep(model, [np.asarray(variable) for variable in model.variables], parts)
    pictures = np.ones((4, 200), "float32")
    with divided(model, 1, parts):
        expected = model(pictures, training=True)
    for network in (model, keras.Model(model.input, model.output)):
        np.testing.assert_array_equal(step.call(network, pictures), expected)


def test_what_does_not_happen_again_is_not_explained(make: Make) -> None:
    """Something would be blamed that is not to blame."""

    class Spoil(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            kernel = self.model.layers[-1].kernel
            kernel.assign(np.full(kernel.shape, np.nan))

    experiment = make(LAYERS, epochs=2)
    run = experiment.create_run()
    change = """'training.optimizer={"type": "Adam", "learning_rate": 0.0001}'"""
    assert lines(experiment, Spoil(), run=run) == [
        "the loss became nan in epoch 1, by step 2 of 6",
        f"     = help: {GENERAL}, as in python run.py --resume {run.path} {change}",
    ]
