"""Labels in the form that a loss or a metric asks for. Imports Keras."""

from __future__ import annotations

from typing import Any

from keras import ops


def are_shares(labels: Any, outputs: Any) -> bool:
    """Tell whether labels are shares of the classes `(batch, classes)`, as mixed pictures have them."""
    return len(labels.shape) == 2 and len(outputs.shape) == 2 and labels.shape[-1] not in (None, 1)


def in_units(shares: Any, units: int, dtype: Any) -> Any:
    """Give shares of classes as the network's units have them: for one unit the share of the second class."""
    return ops.cast(shares[:, 1:] if units == 1 else shares, dtype)


def fitted(labels: Any, outputs: Any) -> Any:
    """Give class numbers in the outputs' form: without a last axis of length 1, cut to their height and width.

    Of shares of the classes it is the class with the largest.
    """
    if are_shares(labels, outputs):
        return ops.cast(ops.argmax(labels, axis=-1), "int32")
    if len(labels.shape) == len(outputs.shape):
        labels = ops.squeeze(labels, axis=-1)
    if len(outputs.shape) != 4:
        return ops.cast(labels, "int32")
    height, width = ops.shape(outputs)[1], ops.shape(outputs)[2]
    top = (ops.shape(labels)[1] - height) // 2
    left = (ops.shape(labels)[2] - width) // 2
    return ops.cast(labels[:, top : top + height, left : left + width], "int32")


def without_void(labels: Any, classes: int, ignored: int | None = None) -> tuple[Any, Any]:
    """Give masks whose void pixels have some class, and which pixels count: those of a class, but for `ignored`."""
    known = (labels >= 0) & (labels < classes)
    counted = known if ignored is None else known & (labels != ignored)
    return ops.where(known, labels, 0), counted


def columns(labels: Any, units: int, dtype: Any) -> Any:
    """Give class numbers as the network's units have them: one-hot, or for one unit the number itself."""
    if units == 1:
        return ops.cast(labels[..., None], dtype)
    return ops.one_hot(labels, units, dtype=dtype)
