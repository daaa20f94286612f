"""What a network's output means: probabilities or logits, of how many classes."""

from __future__ import annotations

import numpy as np
import pytest

from cnnkeras.tasks.heads import Head, activation, head
from tests.tasks.conftest import Write, convolution, dense


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([dense()], "softmax"),
        ([dense(activation=None)], "linear"),
        ([dense(activation="relu")], "relu"),
        ([dense(activation=None), {"type": "Softmax"}], "softmax"),
        ([dense(activation=None), {"type": "Activation", "activation": "sigmoid"}], "sigmoid"),
        ([dense(), {"type": "Dropout", "rate": 0.5}, {"type": "Reshape", "target_shape": [3]}], "softmax"),
        ([dense(), {"type": "BatchNormalization"}], "linear"),
        ([dense(name="one"), dense(name="two"), {"type": "Average", "inputs": ["one", "two"]}], "softmax"),
        ([dense(name="one"), dense(3, None, name="two"), {"type": "Average", "inputs": ["one", "two"]}], "linear"),
    ],
)  # fmt: skip
def test_the_last_activation_is_found(write: Write, layers: list[dict[str, object]], expected: str) -> None:
    """Probabilities would go through softmax again, or logits be served as probabilities."""
    architecture = write(*layers)
    assert activation(architecture, architecture.outputs[0]) == expected


def test_a_long_tail_of_layers_is_followed(write: Write) -> None:
    """A file with a thousand layers after its softmax would end in a traceback."""
    architecture = write(dense(), {"type": "Dropout", "rate": 0.1, "repeat": 900})
    assert activation(architecture, architecture.outputs[0]) == "softmax"


def test_one_unit_stands_for_two_classes(write: Write) -> None:
    """A sigmoid's answer would be the index of its only unit, which is 0."""
    described = head(write(dense(1, None), classes=2))
    assert described == Head(1, 2, "sigmoid")
    probabilities = np.asarray(described.probabilities(np.array([[0.0], [100.0]], np.float32)))
    np.testing.assert_allclose(probabilities, [[0.5, 0.5], [0.0, 1.0]], atol=1e-6)


def test_unitwise_losses_make_sigmoids_of_logits(write: Write) -> None:
    """The served probabilities would not be what the loss has trained."""
    architecture = write(dense(activation=None), training={"loss": "binary_crossentropy"})
    assert head(architecture).link == "sigmoid"
    assert head(write(dense(activation=None))).link == "softmax"


def test_a_fully_convolutional_head_is_understood(write: Write) -> None:
    """A network without dense layers would be taken for one with logits."""
    layers = [{"type": "Reshape", "target_shape": [8, 8, 1]}, convolution(), {"type": "GlobalAveragePooling2D"}]
    assert head(write(*layers)) == Head(3, 3, "identity")
