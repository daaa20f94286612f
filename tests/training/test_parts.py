"""A batch that passes through the network in parts, side by side."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.model.builder import build_model
from cnnkeras.model.normalization import BatchNormalization
from cnnkeras.training import fitting
from cnnkeras.training.batch_trial import Trials
from cnnkeras.training.course import Course
from cnnkeras.training.monitor import choose_monitor
from cnnkeras.training.origin import find_origin
from cnnkeras.training.parts import in_parts
from cnnkeras.training.rate_test import try_rates
from cnnkeras.training.setup import prepare
from cnnkeras.training.state import State
from tests.training.conftest import PLAIN, Make

PICTURES = np.random.default_rng(0).uniform(size=(7, 8, 8, 1)).astype("float32")
LABELS = np.arange(7) % 3


def network() -> keras.Model:
    """Two layers; each is a layer of its own, so that the network may be called twice in a step."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(4, 3, activation="relu", kernel_regularizer="l2")(inputs)
    outputs = keras.layers.Dense(3, activation="softmax")(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize("count", [2, 3])
@pytest.mark.parametrize("size", [7, 3])
def test_a_step_in_parts_is_the_step_of_the_whole(count: int, size: int) -> None:
    """A network would learn something else on a machine with more cores."""
    whole, parted = network(), network()
    figures = whole.train_on_batch(PICTURES[:size], LABELS[:size])
    with in_parts(parted, count):
        np.testing.assert_allclose(parted.train_on_batch(PICTURES[:size], LABELS[:size]), figures, rtol=1e-6)
    for ours, theirs in zip(parted.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-7)


def normalizing(policy: str = "float32", trainable: bool = True) -> keras.Model:
    """Two normalizations, of maps and of vectors, a branch that comes back, and a layer that is called twice."""
    keras.utils.set_random_seed(0)
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.Conv2D(4, 3, dtype=policy)(inputs)
    normalized = BatchNormalization(dtype=policy, trainable=trainable, gamma_initializer="random_normal")(x)
    again = keras.layers.Conv2D(4, 3, padding="same", activation="relu", dtype=policy)
    x = keras.layers.Add(dtype=policy)([again(normalized), again(x)])
    x = keras.layers.GlobalAveragePooling2D(dtype=policy)(x)
    x = BatchNormalization(scale=False, dtype=policy)(x)
    outputs = keras.layers.Dense(3, activation="softmax", dtype="float32")(x)
    model = keras.Model(inputs, outputs)
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


@pytest.mark.parametrize(("count", "size"), [(2, 7), (3, 7), (3, 3), (3, 2), (2, 1)])
@pytest.mark.parametrize("trainable", [True, False])
def test_parts_meet_in_a_normalization(count: int, size: int, trainable: bool) -> None:
    """Each part would be normalized by itself, or a picture that is in two of them count twice."""
    whole, parted = normalizing(trainable=trainable), normalizing(trainable=trainable)
    for _ in range(3):
        figures = whole.train_on_batch(PICTURES[:size], LABELS[:size])
        with in_parts(parted, count):
            np.testing.assert_allclose(parted.train_on_batch(PICTURES[:size], LABELS[:size]), figures, rtol=1e-3)
    for ours, theirs in zip(parted.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-5)


def after_a_step(policy: str) -> list[tuple[np.ndarray, np.ndarray]]:
    """Give each weight as a step of two parts leaves it, and as one of the whole does."""
    whole, parted = normalizing(policy), normalizing(policy)
    whole.train_on_batch(PICTURES, LABELS)
    with in_parts(parted, 2):
        parted.train_on_batch(PICTURES, LABELS)
    return list(zip(parted.get_weights(), whole.get_weights(), strict=True))


def test_parts_of_16_bits_are_normalized_in_32() -> None:
    """The statistics of a large batch would be counted in 8 bits."""
    for ours, theirs in after_a_step("mixed_bfloat16"):
        np.testing.assert_allclose(ours, theirs, rtol=0.05, atol=5e-3)


def test_what_is_no_number_comes_through_a_normalization() -> None:
    """A lost training would go on, and its loss look well: oneDNN's kernel of both makes 0 of it in float32."""
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.ReLU()(BatchNormalization()(keras.layers.Conv2D(4, 3)(inputs)))
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax")(keras.layers.GlobalAveragePooling2D()(x)))
    model.compile("sgd", "sparse_categorical_crossentropy")
    with in_parts(model, 2):
        assert np.isnan(model.train_on_batch(np.where(PICTURES > 0.99, np.nan, PICTURES), LABELS))


def test_numbers_of_64_bits_stay_so() -> None:
    """A training that asked for them would get the rounding of 32."""
    for ours, theirs in after_a_step("float64"):
        if ours.dtype == "float64":
            np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("mean", [0.0, 1000.0])
def test_the_statistics_are_those_of_all_parts(mean: float) -> None:
    """A layer after a large bias would be normalized by a variance of nothing but rounding."""
    x = np.random.default_rng(0).normal(mean, 0.1, size=(6, 5, 4, 3)).astype("float32")
    layer = BatchNormalization(momentum=0.0)
    layer.build(x.shape)
    outputs = tf.concat(layer.call_on_parts([x[:2], x[2:]], [1 / 3, 2 / 3]), 0)
    exact = x.astype("float64")
    center, spread = exact.mean((0, 1, 2)), exact.var((0, 1, 2))
    np.testing.assert_allclose(layer.moving_variance, spread, rtol=1e-3)
    np.testing.assert_allclose(outputs, (exact - center) / np.sqrt(spread + layer.epsilon), rtol=1e-2, atol=5e-3)


def test_a_network_of_several_outputs_passes_in_parts() -> None:
    """Deep supervision would fail."""
    inputs = keras.Input((8, 8, 1))
    x = keras.layers.Flatten()(inputs)
    model = keras.Model(inputs, [keras.layers.Dense(2)(x), keras.layers.Dense(3)(x)])
    with in_parts(model, 2):
        first, second = model(PICTURES, training=True)
    expected = model(PICTURES)
    np.testing.assert_allclose(first, expected[0], rtol=1e-5)
    np.testing.assert_allclose(second, expected[1], rtol=1e-5)


@pytest.mark.parametrize("count", [2, 3, 5])
@pytest.mark.parametrize("size", [1, 2, 4, 7])
@pytest.mark.parametrize("training", [True, False])
def test_a_batch_of_any_size_comes_out_whole_and_in_order(count: int, size: int, training: bool) -> None:
    """The last batch of an epoch would lack pictures, or have some twice, or a part of nothing fail in oneDNN."""
    model = network()
    expected = model(PICTURES[:size])
    with in_parts(model, count):
        np.testing.assert_allclose(model(PICTURES[:size], training=training), expected, rtol=1e-5)


def test_an_evaluation_passes_in_parts_as_ready_as_it_comes() -> None:
    """All cores but one would wait while the network is evaluated, or its pictures be scaled twice."""
    model = network()
    expected = model.evaluate(PICTURES, LABELS, verbose=0)
    with in_parts(model, 2, prepare=lambda images: images / 0):
        call = tf.function(lambda x: model(x, training=False))
        program = call.get_concrete_function(tf.TensorSpec((None, 8, 8, 1)))
        np.testing.assert_allclose(model.evaluate(PICTURES, LABELS, verbose=0), expected, rtol=1e-5)
    types = [operation.type for operation in program.graph.get_operations()]
    assert types.count("Conv2D") == 2


def test_what_is_called_later_takes_the_batch_whole() -> None:
    """The exported network would cut its batches, too."""
    model = network()
    with in_parts(model, 2):
        pass
    call = tf.function(lambda x: model(x, training=True))
    program = call.get_concrete_function(tf.TensorSpec((None, 8, 8, 1)))
    assert [operation.type for operation in program.graph.get_operations()].count("Conv2D") == 1


@pytest.mark.parametrize("use", ["train", "find_origin", "try_rates", "Trials"])
def test_whatever_trains_does_so_in_parts(make: Make, monkeypatch: pytest.MonkeyPatch, use: str) -> None:
    """A rate or a batch would be found, or a lost training traced, with another training than the run's."""
    counts: list[int] = []

    def counted(model: Any, count: int, *prepare: Any) -> Any:
        counts.append(count)
        return in_parts(model, count, *prepare)

    monkeypatch.setattr(fitting, "in_parts", counted)
    experiment = make(batch_parts=3, epochs=1)
    architecture, task, part = experiment.architecture, experiment.task, experiment.data.parts["train"]
    setup = prepare(architecture, part.size)
    if use == "train":
        experiment.train(experiment.create_run())
    elif use == "find_origin":
        run = experiment.create_run()
        model = build_model(architecture, setup.precision.value)
        monitor = choose_monitor(architecture, task)
        find_origin(Course(model, architecture, task, experiment.data, run, setup, monitor, State()))
    elif use == "try_rates":
        try_rates(architecture, task, part, setup, 1e-4, 1e-3, 3)
    else:
        Trials(architecture, task, part, setup).run(8)
    assert counts == [3]


@pytest.mark.parametrize(
    "layers", [PLAIN, [PLAIN[0], {"type": "BatchNormalization"}, *PLAIN[1:]]], ids=["plain", "joint"]
)
def test_a_training_in_parts_gives_the_network_of_one_in_whole(make: Make, layers: list[dict[str, Any]]) -> None:
    """training.batch_parts would change what is learned."""

    def weights(**training: Any) -> list[np.ndarray]:
        experiment = make(layers, epochs=2, batch_size=16, precision="float32", **training)
        model, _ = experiment.train(experiment.create_run())
        return model.get_weights()  # type: ignore[no-any-return]  # Keras carries no types

    for ours, theirs in zip(weights(batch_parts=2), weights(batch_parts=1), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("activation", "loss"), [("softmax", "sparse_categorical_crossentropy")])
def test_a_picture_that_is_wholly_wrong_teaches_as_much_in_parts(activation: str, loss: str) -> None:
    """Keras takes the loss from logits; of probabilities that are 0 there is no gradient, and nothing is learned."""

    def trained(count: int) -> list[np.ndarray]:
        inputs = keras.Input((4,))
        outputs = keras.layers.Dense(3, activation, bias_initializer=keras.initializers.Constant(0))(inputs)
        model = keras.Model(inputs, outputs)
        model.layers[-1].set_weights([np.ones((4, 3), "float32"), np.array([-50, 50, 0], "float32")])
        model.compile("sgd", loss)
        with in_parts(model, count) if count > 1 else nullcontext():
            model.train_on_batch(np.ones((4, 4), "float32"), np.zeros(4))
        return model.get_weights()  # type: ignore[no-any-return]  # Keras carries no types

    for ours, theirs in zip(trained(2), trained(1), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-6)
