"""What rising learning rates say of a network."""

from __future__ import annotations

from typing import Any, NoReturn

import keras
import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.errors import RunError
from cnnkeras.training.rate_test import DIVERGED, judge, try_rates
from cnnkeras.training.setup import prepare
from tests.training.conftest import Make

RATES = np.logspace(-6, 0, 200)


def losses(noise: float = 0.0) -> np.ndarray:
    """Give losses that stand at 2.3, fall fastest at 1e-3, are lowest near 2e-2 and rise from there."""
    fall = 2.0 / (1 + np.exp(-4 * (np.log10(RATES) + 3)))
    rise = 3.0 / (1 + np.exp(-8 * (np.log10(RATES) + 0.8)))
    return 2.3 - fall + rise + noise * np.random.default_rng(0).standard_normal(len(RATES))


@pytest.mark.parametrize("noise", [0.0, 0.1])
def test_the_rate_is_where_the_loss_falls_fastest(noise: float) -> None:
    """A user would train at a rate that learns nothing, or forgets everything, by the noise of one batch."""
    test = judge(RATES, losses(noise))
    assert test.steepest == pytest.approx(1e-3, rel=0.6)
    assert test.lowest == pytest.approx(2.4e-2, rel=0.6)
    assert test.suggestion == pytest.approx(1e-3, rel=0.6)


def test_a_loss_of_hundreds_is_judged_by_its_share() -> None:
    """Pictures that are not scaled begin with one, which falls most at a rate that then learns nothing more."""
    unscaled = 300 / (1 + np.exp(12 * (np.log10(RATES) + 5.5)))
    test = judge(RATES, losses() + unscaled)
    assert test.lowest == pytest.approx(2.4e-2, rel=0.6)
    assert test.suggestion is not None
    assert 2e-4 < test.suggestion < 3e-3


def test_it_is_at_most_a_tenth_of_where_the_loss_is_lowest() -> None:
    """A loss that falls until it bursts would suggest a rate at which it bursts a little later."""
    test = judge(RATES, np.linspace(2.0, 0.1, 200) ** 2)
    assert test.lowest == 1.0
    assert test.suggestion is not None
    assert test.suggestion <= 0.1


def test_a_loss_that_does_not_fall_suggests_nothing() -> None:
    """Noise would be taken for a learning rate."""
    test = judge(RATES, 2.3 + 0.01 * np.random.default_rng(0).standard_normal(200))
    assert (test.suggestion, test.steepest, test.lowest) == (None, None, None)


def test_a_loss_that_is_no_number_at_once_is_told() -> None:
    """There would be a figure without a line."""
    with pytest.raises(RunError) as caught:
        judge(RATES[:1], np.ones(1))
    assert str(caught.value) == (
        "the loss is no number from the first steps on\n"
        "     = help: look at the data and the layers; see what a run says"
    )


def test_the_test_ends_where_the_network_is_lost(make: Make) -> None:
    """The user would wait for steps that say nothing, or the loss of a step be the mean of all before it."""
    schedule = {"type": "CosineDecay", "initial_learning_rate": 0.05}
    optimizer = {"type": "SGD", "momentum": 0.9, "learning_rate": schedule, "use_ema": True}
    experiment = make(plain=True, optimizer=optimizer)
    part = experiment.data.parts["train"]
    steps: list[int] = []
    test = try_rates(
        experiment.architecture,
        experiment.task,
        part,
        prepare(experiment.architecture, part.size),
        1e-4,
        1e6,
        60,
        lambda: steps.append(1),
    )
    assert 10 < len(test.losses) < 60
    assert len(test.rates) == len(test.losses) == len(test.smoothed)
    assert len(steps) - len(test.losses) in {0, 1}
    assert test.rates[0] == pytest.approx(1e-4)
    assert max(test.losses[-5:]) > DIVERGED * min(test.losses) or len(steps) > len(test.losses)
    assert test.suggestion is not None


def test_accumulated_batches_share_a_rate(make: Make) -> None:
    """Each batch of one step would have another rate, and the step none of them."""
    optimizer = {"type": "Adam", "gradient_accumulation_steps": 3}
    experiment = make(plain=True, optimizer=optimizer)
    part = experiment.data.parts["train"]
    setup = prepare(experiment.architecture, part.size)
    test = try_rates(experiment.architecture, experiment.task, part, setup, 1e-5, 1e-2, 20)
    assert len(test.losses) == 20
    assert test.rates[-1] == pytest.approx(1e-2)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            tf.errors.InvalidArgumentError(None, None, "No registered 'Bitcast' OpKernel for XLA_CPU_JIT devices"),
            "XLA can't compile the training step: it has no Bitcast\n"
            "     = help: try it with training.jit_compile=false",
        ),
        (
            MemoryError(),
            "the device's memory is too small for a batch of 16\n"
            "     = help: find the largest that fits with the command find-batch",
        ),
    ],
)
def test_a_step_that_can_not_be_taken_is_told(
    make: Make, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str
) -> None:
    """A try of some steps would end in pages of TensorFlow's."""

    def fail(*_: Any, **__: Any) -> NoReturn:
        raise error

    experiment = make(plain=True, jit_compile=True)
    part = experiment.data.parts["train"]
    setup = prepare(experiment.architecture, part.size)
    monkeypatch.setattr(keras.Model, "fit", fail)
    with pytest.raises(RunError) as caught:
        try_rates(experiment.architecture, experiment.task, part, setup, 1e-5, 1e-2, 20)
    assert str(caught.value) == told
