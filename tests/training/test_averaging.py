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
