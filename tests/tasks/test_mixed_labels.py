"""Labels that are shares of classes, as MixUp and CutMix make them: losses and metrics take them as they are."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from cnnkeras.spec.losses import LOSSES
from cnnkeras.spec.metrics import METRICS
from cnnkeras.tasks.heads import Head
from cnnkeras.tasks.losses import make_loss
from cnnkeras.tasks.metrics import make_metric

OUTPUTS = np.float32([[0.7, 0.2, 0.1], [0.1, 0.3, 0.6]])
SHARES = np.float32([[0.75, 0.25, 0], [0, 0, 1]])


def loss_of(kind: str, labels: Any, head: Head, outputs: Any = OUTPUTS, **fields: Any) -> float:
    return float(make_loss(LOSSES[kind].model_validate({"type": kind, **fields}), head)(labels, outputs))


@pytest.mark.parametrize("kind", ["SparseCategoricalCrossentropy", "CategoricalCrossentropy"])
@pytest.mark.parametrize("logits", [False, True])
def test_crossentropy_is_that_of_the_shares(kind: str, logits: bool) -> None:
    """A network would be trained towards one class of a picture that shows two."""
    head = Head(3, 3, "softmax" if logits else "identity")
    expected = keras.losses.CategoricalCrossentropy(from_logits=logits)(SHARES, OUTPUTS)
    assert loss_of(kind, SHARES, head) == pytest.approx(float(expected), rel=1e-5)


def test_whole_shares_are_class_numbers() -> None:
    """The same pictures would have another loss in training than in evaluation."""
    head = Head(3, 3, "identity")
    for kind in ("SparseCategoricalCrossentropy", "CategoricalCrossentropy", "MeanSquaredError", "KLDivergence"):
        whole = loss_of(kind, np.eye(3, dtype=np.float32)[[0, 2]], head)
        assert whole == pytest.approx(loss_of(kind, np.array([0, 2]), head), rel=1e-5)


def test_class_weights_are_shared_too() -> None:
    """A rare class would count as much as its partner in a mixed picture."""
    head = Head(3, 3, "identity")
    weights = {"class_weights": (1.0, 3.0, 0.5)}
    each = keras.losses.CategoricalCrossentropy(reduction=None)(SHARES, OUTPUTS)
    expected = np.mean(np.asarray(each) * [0.75 + 0.75, 0.5])
    assert loss_of("CategoricalCrossentropy", SHARES, head, **weights) == pytest.approx(float(expected), rel=1e-5)


def test_one_unit_takes_the_second_class_s_share() -> None:
    """A network that tells two classes apart by one number could not be trained on mixed pictures."""
    shares, outputs = np.float32([[0.25, 0.75], [1, 0]]), np.float32([[0.6], [0.2]])
    expected = keras.losses.BinaryCrossentropy()(np.float32([[0.75], [0]]), outputs)
    assert loss_of("BinaryCrossentropy", shares, Head(1, 2, "identity"), outputs) == pytest.approx(float(expected))


def test_metrics_count_the_larger_share() -> None:
    """The accuracy of training would fail, or count every mixed picture as wrong."""
    metric = make_metric(METRICS["Accuracy"].model_validate({"type": "Accuracy"}), Head(3, 3, "identity"))
    metric.update_state(SHARES, np.float32([[0.7, 0.2, 0.1], [0.5, 0.3, 0.2]]))
    assert float(metric.result()) == 0.5
