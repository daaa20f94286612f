"""Every optimizer and schedule takes steps in Keras, on TensorFlow."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.spec.optimizers import OPTIMIZERS
from cnnkeras.spec.schedules import SCHEDULES
from cnnkeras.spec.training import TrainingSection
from cnnkeras.training.fused_updates import FusedAdam, FusedMomentum
from cnnkeras.training.optimizers import make_optimizer
from tests.spec.test_optimizers import SHORTEST


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizer_goes_downhill(name: str) -> None:
    """A file that names it would be accepted, and the training fail."""
    section = TrainingSection.model_validate({"optimizer": {"type": name, "learning_rate": 0.05, "clipnorm": 1.0}})
    optimizer = make_optimizer(section.optimizer, steps_per_epoch=5, epochs=1)
    weights = keras.Variable(np.full((2, 3), 2.0, np.float32), name="kernel")
    optimizer.build([weights])
    for _ in range(5):
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.square(tf.convert_to_tensor(weights)))
        optimizer.apply([tape.gradient(loss, weights.value)], [weights])
    assert float(tf.reduce_sum(tf.square(tf.convert_to_tensor(weights)))) < 24.0


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_runs_over_the_whole_training(name: str) -> None:
    """A learning rate would stand still, or fall to nothing at once."""
    schedule = {"type": name, **SHORTEST[name]}
    section = TrainingSection.model_validate({"optimizer": {"type": "SGD", "learning_rate": schedule}})
    optimizer = make_optimizer(section.optimizer, steps_per_epoch=10, epochs=10)
    rates = [float(optimizer._learning_rate(step)) for step in (0, 3, 50, 99)]
    assert rates[0] == pytest.approx(0.1)
    assert rates == sorted(rates, reverse=True)
    assert len(set(rates)) >= 3


def test_a_warm_up_in_epochs_reaches_its_target() -> None:
    """The warm-up would last one step."""
    schedule = {
        "type": "CosineDecay",
        "initial_learning_rate": 0.0,
        "warmup_target": 0.1,
        "warmup_steps": 2,
        "unit": "epochs",
    }
    section = TrainingSection.model_validate({"optimizer": {"type": "SGD", "learning_rate": schedule}})
    optimizer = make_optimizer(section.optimizer, steps_per_epoch=10, epochs=10)
    rates = [float(optimizer._learning_rate(step)) for step in (0, 10, 20, 60, 100)]
    assert rates == pytest.approx([0.0, 0.05, 0.1, 0.05, 0.0], abs=1e-6)


FUSED: list[tuple[dict[str, Any], type | None]] = [
    ({"type": "Adam"}, FusedAdam),
    ({"type": "Adam", "amsgrad": True}, None),
    ({"type": "AdamW", "weight_decay": 0.1}, FusedAdam),
    ({"type": "SGD"}, FusedMomentum),
    ({"type": "SGD", "momentum": 0.9}, FusedMomentum),
    ({"type": "SGD", "momentum": 0.9, "nesterov": True}, FusedMomentum),
]


@pytest.mark.parametrize(("form", "fused"), FUSED, ids=str)
def test_a_fused_update_is_kerass(form: dict[str, Any], fused: type | None) -> None:
    """A kernel that means other numbers by the same names would train another way than Keras does."""
    section = TrainingSection.model_validate({"optimizer": {**form, "learning_rate": 0.05, "use_ema": True}})
    ours = make_optimizer(section.optimizer, steps_per_epoch=5, epochs=1)
    assert {FusedAdam, FusedMomentum} & set(type(ours).__mro__) == ({fused} if fused else set())
    options = {name: value for name, value in form.items() if name != "type"}
    theirs = getattr(keras.optimizers, form["type"])(learning_rate=0.05, **options)
    gradients = np.random.default_rng(0).normal(size=(7, 4, 3)).astype("float32")
    found = []
    for optimizer in (ours, theirs):
        weights = keras.Variable(np.linspace(-2, 2, 12, dtype="float32").reshape(4, 3), name="kernel")
        optimizer.build([weights])
        for gradient in gradients:
            optimizer.apply([tf.constant(gradient)], [weights])
        kept = [each for each in optimizer.variables if "average" not in each.path]
        states = {each.path.split("/", 1)[-1]: np.array(each) for each in kept}
        found.append((np.array(weights), states))
    (weights, states), (expected, wanted) = found
    np.testing.assert_allclose(weights, expected, rtol=1e-5, atol=1e-6)
    assert states.keys() == wanted.keys()
    for name, value in wanted.items():
        np.testing.assert_allclose(states[name], value, rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("form", [form for form, _ in FUSED], ids=str)
def test_a_gradient_of_some_rows_moves_as_a_whole_one(form: dict[str, Any]) -> None:
    """The gradient of weights that are looked up comes as rows, which the kernels don't take."""
    section = TrainingSection.model_validate({"optimizer": form})
    rows = tf.IndexedSlices(tf.ones((2, 3)), tf.constant([0, 2]), dense_shape=tf.constant([4, 3]))
    ends = []
    for gradient in (rows, tf.convert_to_tensor(rows)):
        optimizer = make_optimizer(section.optimizer, steps_per_epoch=5, epochs=1)
        weights = keras.Variable(np.ones((4, 3), "float32"), name="kernel")
        optimizer.build([weights])
        optimizer.apply([gradient], [weights])
        ends.append(np.array(weights))
    np.testing.assert_allclose(*ends, rtol=1e-6)
