"""Keras's losses for labels that are class numbers. Imports Keras."""

from __future__ import annotations

from typing import Any

import keras

from cnnkeras.layers.named import snake_case
from cnnkeras.spec.losses import AnyLoss
from cnnkeras.tasks.heads import Head
from cnnkeras.tasks.targets import columns, fitted

# Losses of Keras that ask whether they are given logits.
_LINKED = (
    "SparseCategoricalCrossentropy", "CategoricalCrossentropy", "CategoricalFocalCrossentropy",
    "BinaryCrossentropy", "BinaryFocalCrossentropy",
)  # fmt: skip
# Losses that take class numbers as they are.
_SPARSE = ("SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy")
# Losses of probabilities that don't ask.
_OF_PROBABILITIES = ("KLDivergence", "CategoricalGeneralizedCrossEntropy", "Dice", "Tversky", "Poisson")


def make_loss(loss: AnyLoss, head: Head) -> keras.losses.Loss:
    """Give Keras's loss for class numbers, one a picture or one a pixel, and outputs of this head."""
    linked = {"from_logits": head.from_logits} if loss.type in _LINKED else {}
    inner = getattr(keras.losses, loss.type)(**loss.model_dump(exclude={"type"}), **linked)
    return LabelLoss(inner, head, loss.type)


class LabelLoss(keras.losses.Loss):  # type: ignore[misc]  # Keras carries no types
    """One of Keras's losses behind labels as the data has them.

    `y_true` are class numbers, `(batch,)` or `(batch, height, width)`; a mask larger than the output is cut to
    its centre, as an output of valid convolutions has lost its border.
    """

    def __init__(self, inner: keras.losses.Loss, head: Head, kind: str) -> None:
        super().__init__(name=snake_case(kind), reduction="sum_over_batch_size")
        self.inner = inner
        self.head = head
        self.sparse = kind in _SPARSE
        self.of_probabilities = kind in _OF_PROBABILITIES

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Give the loss of each picture or pixel."""
        labels = fitted(y_true, y_pred)
        if self.of_probabilities and self.head.from_logits:
            y_pred = getattr(keras.ops, self.head.link)(y_pred)
        return self.inner.call(labels if self.sparse else columns(labels, self.head.units, y_pred.dtype), y_pred)
