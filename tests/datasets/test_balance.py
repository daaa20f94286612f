"""Rare classes come to count: by weights, or by being shown more often."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from cnnkeras.datasets.balance import Rates, class_weights, describe_balance, rates, weigh
from cnnkeras.datasets.order import Epoch
from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.source import Part
from cnnkeras.spec.data import VOID
from tests.datasets.conftest import MakeArchitecture, noise

LABELS = np.array([0] * 12 + [1] * 6 + [2] * 2)


def part(labels: np.ndarray, **more: np.ndarray) -> Part:
    examples = {"image": noise(len(labels)), "label": labels, **more}
    return Part("train", len(labels), lambda: tf.data.Dataset.from_tensor_slices(examples), 3)


def experiment(architecture: MakeArchitecture, balance: str, label: str = "class") -> Any:
    data = {"source": "scenes" if label != "class" else "digits", "balance": balance}
    return architecture((8, 8, 1), data=data, label=label).with_num_classes(3)


def test_weights_by_class(architecture: MakeArchitecture) -> None:
    """A class that is rare would count as little as it is frequent."""
    weights = class_weights(part(LABELS), experiment(architecture, "weights"))
    assert weights is not None
    np.testing.assert_allclose(weights, 20 / 3 / np.array([12, 6, 2]), rtol=1e-6)
    assert weights[LABELS].mean() == pytest.approx(1)
    assert describe_balance(part(LABELS), experiment(architecture, "weights"), ("a", "b", "c")) == [
        'balance: in training\'s loss the classes weigh from 0.556 ("a") to 3.33 ("c")'
    ]


def test_weights_by_pixel(architecture: MakeArchitecture) -> None:
    """The background would be all that is learned; void pixels would be counted."""
    masks = np.zeros((2, 8, 8), np.uint8)
    masks[0, :2], masks[1, 0, :4], masks[1, 7] = 1, 2, VOID
    weights = class_weights(part(masks), experiment(architecture, "weights", "mask"))
    assert weights is not None
    np.testing.assert_allclose(weights, 120 / 3 / np.array([100, 16, 4]), rtol=1e-6)
    found = weigh(tf.constant(masks), weights, (None, 4, 8, 3)).numpy()
    assert found.shape == (2, 4, 8)
    np.testing.assert_array_equal(found, weights[np.minimum(masks, 2)][:, 2:6])
    assert weigh(tf.constant(masks), weights, (None, None, None, 3)).numpy()[1, 7].tolist() == [0] * 8


def test_weights_of_mixed_labels() -> None:
    """MixUp would lose the weights."""
    shares = tf.constant([[0.25, 0.75, 0.0]])
    assert weigh(shares, np.array([1.0, 2.0, 9.0], np.float32), (None, 3)).numpy().tolist() == [1.75]


def seen(architecture: Any, epoch: int, seed: int = 0) -> list[int]:
    made = batches(part(LABELS), architecture, 6, True, seed, Epoch(epoch))
    return [int(label) for _, labels in made for label in labels]


def test_every_class_is_shown_as_often(architecture: MakeArchitecture) -> None:
    """A class would be shown more often than another, or an epoch be of another size than was said."""
    file = experiment(architecture, "resample")
    for epoch in range(3):
        counts = np.bincount(seen(file, epoch))
        assert counts.sum() == 20
        assert counts.min() >= 6
        assert counts.max() <= 7
    assert seen(file, 1) == seen(file, 1)
    assert len({tuple(seen(file, epoch)) for epoch in range(3)}) == 3
    assert seen(file, 1) != seen(file, 1, seed=1)
    assert describe_balance(part(LABELS), file, ("a", "b", "c")) == [
        "balance: an epoch shows a picture 0.56 to 3.3 times, by its rarest class"
    ]


@pytest.mark.parametrize("epoch", range(5))
def test_all_of_a_class_comes_before_one_comes_again(epoch: int) -> None:
    """Of a frequent class some pictures would come twice and others never."""
    groups = LABELS.astype(np.int64)
    chosen = Rates(1 / np.bincount(groups)[groups], groups).order(7, tf.constant(epoch, tf.int64)).numpy()
    times = np.bincount(chosen, minlength=20)
    for group in range(3):
        own = times[groups == group]
        assert own.max() - own.min() <= 1
    assert times[18:].tolist() in ([3, 3], [3, 4], [4, 3])


def test_over_many_epochs_every_picture_is_seen() -> None:
    """What is not shown in the first epoch would never be."""
    rate = np.linspace(1, 3, 30)
    some = Rates(rate, np.zeros(30, np.int64))
    times = sum(np.bincount(some.order(0, tf.constant(epoch, tf.int64)).numpy(), minlength=30) for epoch in range(200))
    np.testing.assert_allclose(times / 200, rate * 30 / rate.sum(), atol=0.1)


def test_pictures_with_rare_boxes_are_shown_more_often(architecture: MakeArchitecture) -> None:
    """A picture of a rare thing would be shown as seldom as it is."""
    classes = np.array([[0], [0], [0], [2]])
    boxes = np.tile(np.float32([[1, 1, 5, 5]]), (4, 1, 1))
    found = rates(part(classes[:, 0], boxes=boxes, classes=classes), experiment(architecture, "resample", "boxes"))
    assert found is not None
    np.testing.assert_allclose(found.rates, np.sqrt([4 / 3, 4 / 3, 4 / 3, 4]))


def test_without_balance_nothing_is_done(architecture: MakeArchitecture) -> None:
    """A run would be slower, or another, for what nobody asked for."""
    file = architecture(data={"source": "digits"}).with_num_classes(3)
    assert class_weights(part(LABELS), file) is None
    assert rates(part(LABELS), file) is None
    assert describe_balance(part(LABELS), file, ("a", "b", "c")) == []
    assert sorted(seen(file, 0)) == LABELS.tolist()
