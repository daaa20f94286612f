"""Keras's losses for labels that are class numbers. Imports Keras."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras

from cnnkeras.layers.named import snake_case
from cnnkeras.model.activation import LOGITS
from cnnkeras.model.backend import fused_rows, mean_over_replicas, on_processor
from cnnkeras.spec.losses import CROSSENTROPIES, AnyLoss, Sum
from cnnkeras.tasks.heads import Head
from cnnkeras.tasks.regions import REGIONS
from cnnkeras.tasks.targets import are_shares, columns, fitted, in_units, without_void

# Losses that take class numbers as they are.
_SPARSE = ("SparseCategoricalCrossentropy", "CategoricalGeneralizedCrossEntropy")
# Losses of probabilities that don't ask.
_OF_PROBABILITIES = ("KLDivergence", "CategoricalGeneralizedCrossEntropy", "Poisson", *REGIONS)


def make_loss(loss: AnyLoss, head: Head) -> keras.losses.Loss:
    """Give Keras's loss for class numbers, one a picture or one a pixel, and outputs of this head."""
    if isinstance(loss, Sum):
        return SumOfLosses([make_loss(part, head) for part in loss.parts], loss.shares)
    linked = {"from_logits": head.from_logits} if loss.type in CROSSENTROPIES else {}
    made = REGIONS.get(loss.type) or getattr(keras.losses, loss.type)
    inner = made(**loss.model_dump(exclude={"type", "class_weights"}), **linked)
    return LabelLoss(inner, head, loss.type, getattr(loss, "class_weights", None))


class SumOfLosses(keras.losses.Loss):  # type: ignore[misc]  # Keras carries no types
    """Losses added up, each times its share. Every one takes its own mean: some count pixels, some whole maps."""

    def __init__(self, parts: Sequence[keras.losses.Loss], shares: Sequence[float]) -> None:
        super().__init__(name="sum", reduction="sum_over_batch_size")
        self.parts = tuple(parts)
        self.shares = tuple(shares)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Give the sum, one number for the batch."""
        return sum(share * part(y_true, y_pred) for share, part in zip(self.shares, self.parts, strict=True))


class LabelLoss(keras.losses.Loss):  # type: ignore[misc]  # Keras carries no types
    """One of Keras's losses behind labels as the data has them.

    `y_true` are class numbers, `(batch,)` or `(batch, height, width)`; a mask larger than the output is cut to
    its centre, as an output of valid convolutions has lost its border. Void pixels count nowhere. Where pictures were
    mixed, they are shares of the classes, `(batch, classes)`.
    """

    def __init__(
        self, inner: keras.losses.Loss, head: Head, kind: str, class_weights: Sequence[float] | None = None
    ) -> None:
        super().__init__(name=snake_case(kind), reduction="sum_over_batch_size")
        self.inner = inner
        self.head = head
        self.class_weights = class_weights
        self.sparse = kind in _SPARSE
        self.of_probabilities = kind in _OF_PROBABILITIES
        self.of_regions = kind in REGIONS

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Give the loss of each picture or pixel."""
        labels = fitted(y_true, y_pred)
        if self.of_probabilities and self.head.from_logits:
            y_pred = getattr(keras.ops, self.head.link)(y_pred)
        if are_shares(y_true, y_pred):
            shares = in_units(y_true, self.head.units, y_pred.dtype)
            return self._weighed(self._for_shares.call(shares, y_pred), y_true)
        if len(y_pred.shape) != 4:
            return self._weighed(self.inner.call(self._targets(labels, y_pred), y_pred), labels)
        return self._of_pixels(labels, y_pred)

    def _of_pixels(self, labels: Any, y_pred: Any) -> Any:
        labels, counted = without_void(labels, self.head.classes, getattr(self.inner, "ignore_class", None))
        counted, targets = keras.ops.cast(counted, y_pred.dtype), self._targets(labels, y_pred)
        if self.of_regions:
            return self.inner.call(targets * counted[..., None], y_pred * counted[..., None])
        # So that the mean over all pixels, which Keras takes next, is the mean over those that count. In float32:
        # bfloat16 can't count so many.
        pixels = keras.ops.cast(counted, "float32")
        share = keras.ops.maximum(mean_over_replicas(pixels), 1e-7)
        return self._weighed(keras.ops.cast(self._for_pixels(targets, y_pred), "float32"), labels) * pixels / share

    def _for_pixels(self, targets: Any, y_pred: Any) -> Any:
        """Give the inner loss of each pixel: crossentropy of logits, if there are any, by one fused loop."""
        logits = y_pred if self.head.from_logits else getattr(y_pred, LOGITS, None)
        is_sparse = isinstance(self.inner, keras.losses.SparseCategoricalCrossentropy)
        if logits is None or not is_sparse or not on_processor():
            return self.inner.call(targets, y_pred)
        pixels = keras.ops.reshape(keras.ops.cast(logits, "float32"), (-1, self.head.units))
        return keras.ops.reshape(_crossentropy(pixels, keras.ops.reshape(targets, (-1,))), keras.ops.shape(targets))

    def _weighed(self, losses: Any, labels: Any) -> Any:
        """Let each label count as much as its class does."""
        if self.class_weights is None:
            return losses
        weights = keras.ops.convert_to_tensor(self.class_weights, losses.dtype)
        if len(labels.shape) == 2:
            return losses * keras.ops.matmul(keras.ops.cast(labels, losses.dtype), weights[:, None])[:, 0]
        return losses * keras.ops.take(weights, labels)

    @property
    def _for_shares(self) -> keras.losses.Loss:
        """Give the loss for shares of classes: that of class numbers has a sister for them."""
        if isinstance(self.inner, keras.losses.SparseCategoricalCrossentropy):
            return keras.losses.CategoricalCrossentropy(from_logits=self.inner.from_logits)
        return self.inner

    def _targets(self, labels: Any, y_pred: Any) -> Any:
        return labels if self.sparse else columns(labels, self.head.units, y_pred.dtype)


@fused_rows
def _crossentropy(logits: Any, labels: Any) -> Any:
    """Give each row's crossentropy `(rows,)`. TensorFlow's own kernel takes more than twice as long on a processor."""
    wanted = keras.ops.one_hot(labels, logits.shape[-1], dtype=logits.dtype)
    return keras.ops.logsumexp(logits, axis=-1) - keras.ops.sum(logits * wanted, axis=-1)
