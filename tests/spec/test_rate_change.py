"""Another learning rate, as a change."""

from __future__ import annotations

from typing import Any

import pytest

from cnnkeras.spec.rate_change import rate_change
from tests.spec.conftest import Load, experiment

pytestmark = pytest.mark.fast


@pytest.mark.parametrize(
    ("rate", "change"),
    [
        (0.1, "learning_rate=0.01"),
        ({"type": "CosineDecay", "initial_learning_rate": 0.1}, "learning_rate.initial_learning_rate=0.01"),
        (
            {"type": "CosineDecay", "initial_learning_rate": 0.0, "warmup_target": 0.1, "warmup_steps": 5},
            "learning_rate.warmup_target=0.01",
        ),
        (
            {"type": "PiecewiseConstantDecay", "boundaries": [5], "values": [0.1, 1e30]},
            "learning_rate.values=[0.01,1e+29]",
        ),
        (
            {"type": "PolynomialDecay", "initial_learning_rate": 0.1, "end_learning_rate": 0.02, "power": 2.0},
            'learning_rate={"type": "PolynomialDecay", "initial_learning_rate": 0.01, "end_learning_rate": 0.002, '
            '"power": 2.0}',
        ),
    ],
)
def test_each_kind_of_rate(load: Load, rate: Any, change: str) -> None:
    """Who is told to train with a smaller rate would be told to change something else, or nothing that helps."""
    training = {"optimizer": {"type": "SGD", "learning_rate": rate}}
    layer = {"type": "Conv2D", "filters": 1, "kernel_size": 1}
    architecture = load(experiment(layer) | {"training": training}).architecture
    assert architecture is not None
    assert rate_change(architecture, 0.1) == f"training.optimizer.{change}"
