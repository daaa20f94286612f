"""Losses of whole regions: how far a true and a predicted one overlap. Imports Keras.

Ours and not Keras's, for two reasons. Keras's are sums over what one replica has, and several would train something
else than one; and up to Keras 3.15 its Tversky takes `alpha` for `beta` (mended in keras#23333).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from cnnkeras.model.backend import summed_over_replicas


class Tversky(keras.losses.Loss):  # type: ignore[misc]  # Keras carries no types
    """1 − TP / (TP + alpha·FP + beta·FN), counted in probabilities (Salehi et al. 2017, arXiv:1706.05721).

    `axis` are the axes that are counted together, as with Keras: all of them if None; (0, 1, 2) gives a figure for
    each class over the whole batch, on all replicas; (1, 2) one for each class and picture. The loss is their mean.
    """

    def __init__(self, alpha: float = 0.5, beta: float = 0.5, axis: Sequence[int] | None = None) -> None:
        super().__init__(name="tversky", reduction="sum_over_batch_size")
        self.alpha, self.beta = alpha, beta
        self.axis = None if axis is None else tuple(axis)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Give the loss of each region; `y_true` has a number for each of the probabilities `y_pred`."""
        kinds = (y_true * y_pred, (1 - y_true) * y_pred, y_true * (1 - y_pred))
        sums = ops.stack([ops.sum(kind, axis=self.axis) for kind in kinds])
        if self.axis is None or 0 in self.axis:
            sums = summed_over_replicas(sums, y_pred)
        right, invented, missed = ops.unstack(sums, 3)
        overlap = right / (right + self.alpha * invented + self.beta * missed + keras.backend.epsilon())
        # A single number would be taken for one that is reduced already, and not be divided among replicas.
        return ops.reshape(1 - overlap, (-1,))


class Dice(Tversky):
    """1 − 2·TP / (2·TP + FP + FN), which is Tversky with both weights a half (Milletari et al. 2016)."""

    def __init__(self, axis: Sequence[int] | None = None) -> None:
        super().__init__(axis=axis)
        self.name = "dice"


REGIONS = {"Dice": Dice, "Tversky": Tversky}
