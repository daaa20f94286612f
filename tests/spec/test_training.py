"""The `training` section as a whole."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from cnnkeras.spec.training import TrainingSection


def test_an_empty_section_is_keras_s_defaults() -> None:
    """A file without a training section would not train as Keras does."""
    section = TrainingSection.model_validate({})
    assert (section.batch_size, section.optimizer.type, section.optimizer.learning_rate) == (32, "Adam", 0.001)


@pytest.mark.parametrize(
    "wrong",
    [
        {"epochs": -1},
        {"epochs": 1.5},
        {"batch_size": 0},
        {"batch_size": 10**9},
        {"seed": 2**32},
        {"precision": "float16"},
        {"strategy": "two_devices"},
        {"loss_weights": (float("nan"),)},
        {"early_stopping": {"patience": -1}},
        {"reduce_learning_rate": {"factor": 1.0}},
        {"unknown": 1},
    ],
)
def test_what_can_not_be_is_refused(wrong: dict[str, Any]) -> None:
    """A number that can't be would reach Keras, and its traceback the user."""
    with pytest.raises(ValidationError):
        TrainingSection.model_validate(wrong)
