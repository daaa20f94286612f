"""What an optimizer does beside its steps: the average of the weights, and which of them decay."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from cnnkeras.spec.optimizers import OPTIMIZERS
from cnnkeras.training.optimizers import make_optimizer


def step(optimizer: keras.optimizers.Optimizer, *variables: keras.Variable, gradient: float = 1.0) -> None:
    gradients = [keras.ops.full(variable.shape, gradient) for variable in variables]
    optimizer.apply(gradients, list(variables))


def test_the_average_follows_closely_at_first() -> None:
    """After a short training the best network would be made of the weights of its beginning."""
    described = OPTIMIZERS["SGD"].model_validate(
        {"type": "SGD", "learning_rate": 1.0, "use_ema": True, "ema_momentum": 0.4}
    )
    optimizer = make_optimizer(described, 10, 1)
    weight = keras.Variable(np.zeros(1))
    expected, value = 0.0, 0.0
    for count in range(12):
        step(optimizer, weight)
        value -= 1
        # The first weights are taken as they are.
        momentum = min(0.4, (1 + count) / (10 + count)) if count else 0.0
        expected = momentum * expected + (1 - momentum) * value
        average = optimizer._model_variables_moving_average[0].numpy()
        np.testing.assert_allclose(average, [expected], rtol=1e-4)
    assert optimizer.ema_momentum == 0.4


@pytest.mark.parametrize("name", ["AdamW", "SGD"])
def test_named_weights_do_not_decay(name: str) -> None:
    """Biases and normalizations would be pulled to zero against what the file says."""
    fields = {"weight_decay": 0.5, "exclude_from_weight_decay": ("bias", "gamma"), "learning_rate": 0.1}
    optimizer = make_optimizer(OPTIMIZERS[name].model_validate({"type": name, **fields}), 10, 1)
    weights = [keras.Variable(np.ones(2), name=each) for each in ("kernel", "bias", "gamma")]
    step(optimizer, *weights, gradient=0.0)
    assert [bool((weight.numpy() < 1).all()) for weight in weights] == [True, False, False]


@pytest.mark.parametrize("name", ["AdamW", "SGD", "Muon"])
def test_weights_decay_as_in_keras_at_a_rate_that_is_asked_for_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of a network's weights would have the whole schedule computed for it, or decay at another rate."""
    fields = {"initial_learning_rate": 0.0, "warmup_target": 0.1, "warmup_steps": 2, "decay_steps": 9}
    described = {"type": name, "weight_decay": 0.5, "learning_rate": {"type": "CosineDecay", **fields}}
    ours = make_optimizer(OPTIMIZERS[name].model_validate(described), 10, 1)
    kerass = getattr(keras.optimizers, name)(keras.optimizers.schedules.CosineDecay(**fields), weight_decay=0.5)
    asked, schedule = [], ours._learning_rate
    monkeypatch.setattr(type(schedule), "__call__", lambda self, at: asked.append(at) or self._schedule(at))
    ends = []
    for optimizer in (ours, kerass):
        weights = [keras.Variable(np.ones((2, 3)), dtype="float32", name=each) for each in ("one", "other", "third")]
        for gradient in (0.3, -0.1, 0.2):
            step(optimizer, *weights, gradient=gradient)
        ends.append([np.asarray(weight.value) for weight in weights])
    np.testing.assert_allclose(*ends, rtol=1e-5)
    assert np.all(ends[0][0] < 1)
    # Once for the decay and once for the step, in each of three; Muon, with a rule of its own, asks for each weight.
    assert len(asked) == 6 or name == "Muon"
