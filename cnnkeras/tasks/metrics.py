"""Keras's metrics for labels that are class numbers. Imports Keras."""

from __future__ import annotations

from typing import Any

import keras

from cnnkeras.model.backend import confusion, largest, on_processor
from cnnkeras.spec.metrics import AnyMetric
from cnnkeras.tasks.heads import Head
from cnnkeras.tasks.targets import columns, fitted, without_void

# Metrics that take class numbers as they are.
_SPARSE = {
    "Accuracy": "SparseCategoricalAccuracy",
    "TopKCategoricalAccuracy": "SparseTopKCategoricalAccuracy",
    "CategoricalCrossentropy": "SparseCategoricalCrossentropy",
}
_OVERLAPS = ("IoU", "MeanIoU")
# Metrics that take a weight for each number of the output; the others take one for each label.
_WEIGHED_BY_NUMBER = (
    "Precision",
    "Recall",
    "AUC",
    "TruePositives",
    "TrueNegatives",
    "FalsePositives",
    "FalseNegatives",
)
# Metrics of decisions about one class: for a single unit they look at it alone, as Keras does.
_OF_ONE_UNIT = _WEIGHED_BY_NUMBER


def make_metric(metric: AnyMetric, head: Head) -> keras.metrics.Metric:
    """Give Keras's metric for class numbers, one a picture or one a pixel, and outputs of this head."""
    fields = metric.model_dump(exclude={"type", "name"})
    if metric.type in _OVERLAPS:
        fields |= {"num_classes": head.classes, "sparse_y_true": True, "sparse_y_pred": False}
    inner = getattr(keras.metrics, _SPARSE.get(metric.type, metric.type))(**fields)
    return LabelMetric(metric, inner, head)


class LabelMetric(keras.metrics.Metric):  # type: ignore[misc]  # Keras carries no types
    """One of Keras's metrics behind labels and outputs as the data and the network have them."""

    def __init__(self, metric: AnyMetric, inner: keras.metrics.Metric, head: Head) -> None:
        super().__init__(name=metric.column)
        # Read by Keras's callbacks that watch a metric.
        self._direction = "up" if metric.better == "max" else "down"
        self.inner = inner
        self.head = head
        self.sparse = metric.type in _SPARSE or metric.type in _OVERLAPS
        self.counts_pixels = metric.type in _OVERLAPS
        self.asks_for_class = metric.type in {"Accuracy", *_OVERLAPS}
        self.by_number = metric.type in _WEIGHED_BY_NUMBER
        self.one_unit = head.units == 1 and metric.type in _OF_ONE_UNIT

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Count a batch: class numbers `(batch,)` or `(batch, height, width)`, and the network's output.

        Void pixels have no weight; no other weights are taken.
        """
        labels = keras.ops.reshape(fitted(y_true, y_pred), (-1,))
        if are_pixels := len(y_pred.shape) == 4:
            labels, counted = without_void(labels, self.head.classes, getattr(self.inner, "ignore_class", None))
            # IoU counts in whole numbers, and warns of other weights.
            sample_weight = keras.ops.cast(counted, "int32" if self.counts_pixels else "float32")
        probabilities = self.head.probabilities(keras.ops.cast(y_pred, "float32"))
        if self.one_unit:
            probabilities = probabilities[..., 1:]
        count = 1 if self.one_unit else self.head.classes
        probabilities = keras.ops.reshape(probabilities, (-1, count))
        if are_pixels and self.asks_for_class and on_processor():
            self._count(labels, largest(probabilities), sample_weight)
            return
        if sample_weight is not None and self.by_number:
            sample_weight = keras.ops.broadcast_to(sample_weight[:, None], keras.ops.shape(probabilities))
        self.inner.update_state(
            labels if self.sparse else columns(labels, count, "float32"), probabilities, sample_weight
        )

    def _count(self, labels: Any, found: Any, weights: Any) -> None:
        """Add to the inner metric's state what it would add itself."""
        if not self.counts_pixels:
            # Of tensors of unknown length TensorFlow's own `==` tells no rank.
            keras.metrics.Mean.update_state(self.inner, keras.ops.equal(labels, found), weights)
            return
        matrix = self.inner.total_cm
        matrix.assign(matrix + keras.ops.cast(confusion(labels, found, weights > 0, self.head.classes), matrix.dtype))

    def result(self) -> Any:
        """Give the figure over everything counted."""
        return self.inner.result()

    def reset_state(self) -> None:
        """Forget what was counted."""
        self.inner.reset_state()
