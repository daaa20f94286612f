"""Gradients that are added up over several batches: the step is that of the large batch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.training.conftest import Experiment, Make
from tests.training.test_processes import last_line, start
from tests.training.test_trainer import Stop, StopAfter

OPTIMIZERS: list[dict[str, Any]] = [
    {"type": "Adam", "learning_rate": 0.01, "use_ema": True, "ema_momentum": 0.9},
    {"type": "SGD", "learning_rate": 0.1, "momentum": 0.9, "clipnorm": 0.1, "weight_decay": 0.01},
]


def weights_after(experiment: Experiment) -> list[Any]:
    return [np.asarray(weight) for weight in experiment.train(experiment.create_run())[0].get_weights()]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=["average", "clipped"])
def test_three_batches_make_the_step_of_one_three_times_as_large(make: Make, optimizer: dict[str, Any]) -> None:
    """Who has no memory for the batch of a paper would train something else, with another clipping and average."""
    whole = weights_after(make(epochs=2, batch_size=30, plain=True, optimizer=optimizer))
    accumulating = {**optimizer, "gradient_accumulation_steps": 3}
    summed = weights_after(make(epochs=2, batch_size=10, plain=True, optimizer=accumulating))
    for one, other in zip(whole, summed, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


def test_a_sum_that_has_begun_is_gone_on_with(make: Make) -> None:
    """A resumed training would lose the gradients of up to a whole step."""
    # Nine batches an epoch: after each, one gradient or more waits for the others.
    optimizer = {**OPTIMIZERS[1], "gradient_accumulation_steps": 4}
    experiment = make(epochs=3, batch_size=10, plain=True, optimizer=optimizer)
    whole = weights_after(experiment)
    run = experiment.create_run()
    with pytest.raises(Stop):
        experiment.train(run, StopAfter(2))
    resumed, _ = experiment.train(run)
    for one, other in zip(whole, resumed.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_float16_skips_a_sum_that_left_its_range(make: Make) -> None:
    """Mixed precision and accumulation would each undo what the other does."""
    optimizer = {**OPTIMIZERS[0], "gradient_accumulation_steps": 3}
    fields: dict[str, Any] = {"epochs": 2, "precision": "mixed_float16", "plain": True}
    whole = weights_after(make(batch_size=30, optimizer=OPTIMIZERS[0], **fields))
    summed = weights_after(make(batch_size=10, optimizer=optimizer, **fields))
    for one, other in zip(whole, summed, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-2, atol=1e-3)


@pytest.mark.slow
def test_two_devices_add_up_and_clip_as_one(tmp_path: Path) -> None:
    """Two GPUs would fail in Keras, or clip every device's share as if it were the whole."""
    output, errors = start("accumulating", tmp_path).communicate(timeout=240)
    assert output, errors
    (*whole, steps), (*summed, other_steps) = last_line(output)
    assert summed == pytest.approx(whole, rel=1e-4)
    assert steps == other_steps == 6


@pytest.mark.slow
def test_infinity_on_one_device_is_seen_by_all(tmp_path: Path) -> None:
    """In float16 the second GPU's overflow would become a weight, because the first one saw none."""
    output, errors = start("infinity", tmp_path).communicate(timeout=120)
    assert output, errors
    assert last_line(output) == [1.0, 0.5]
