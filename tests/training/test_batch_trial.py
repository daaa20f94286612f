"""What a batch of some size takes, and which one fits where the file's does not."""

from __future__ import annotations

from typing import Any

import keras
import pytest
import tensorflow as tf

from cnnkeras.training import batch_trial
from cnnkeras.training.batch_trial import Trials, smaller_that_fits
from cnnkeras.training.setup import prepare
from tests.training.conftest import Experiment, Make


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no more than ten pictures fit into a batch."""
    fit = keras.Model.fit

    def limited(model: Any, examples: Any, **fields: Any) -> Any:
        if len(next(iter(examples))[0]) > 10:
            raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor with shape[16,6,6,4]")
        return fit(model, examples, **fields)

    monkeypatch.setattr(keras.Model, "fit", limited)


def parts(experiment: Experiment) -> Any:
    part = experiment.data.parts["train"]
    return experiment.architecture, experiment.task, part, prepare(experiment.architecture, part.size)


def test_a_size_is_measured(make: Make) -> None:
    """The largest batch would be chosen by numbers that mean nothing."""
    trials = Trials(*parts(make(plain=True)))
    small, large = trials.run(8), trials.run(90)
    assert (small.size, small.reason, large.size, large.reason) == (8, None, 90, None)
    assert 0 < small.memory <= large.memory
    assert small.seconds > 0


def test_whole_batches_are_measured(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A size would be slow for what is compiled for the smaller batch at the end, or fast for its few pictures."""
    sizes: list[int] = []
    fit = keras.Model.fit

    def recorded(model: Any, examples: Any, **fields: Any) -> Any:
        sizes.extend(len(batch[0]) for batch in examples.take(4))
        return fit(model, examples, **fields)

    monkeypatch.setattr(keras.Model, "fit", recorded)
    experiment = make(plain=True)
    size = experiment.data.parts["train"].size // 2 + 1
    Trials(*parts(experiment)).run(size)
    assert sizes == [size] * 4


@pytest.mark.usefixtures("small_memory")
def test_a_size_that_does_not_fit_is_told(make: Make) -> None:
    """A GPU that is full would end the search in a traceback."""
    trial = Trials(*parts(make(plain=True))).run(16)
    assert trial.reason == "OOM when allocating tensor with shape[16,6,6,4]"


@pytest.mark.usefixtures("small_memory")
def test_a_batch_is_halved_until_it_fits(make: Make) -> None:
    """A user would try one size after the other."""
    assert smaller_that_fits(*parts(make(plain=True, batch_size=70))) == 8


def test_where_no_batch_fits_there_is_none(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A size would be named that was never tried."""
    failed = batch_trial.Trial(1, 0, 0.0, "OOM")
    monkeypatch.setattr(Trials, "run", lambda *_: failed)
    assert smaller_that_fits(*parts(make(plain=True))) is None
