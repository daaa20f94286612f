"""The same answer on one replica and on many: what Keras takes the mean of, replica by replica."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from cnnkeras.model.backend import share_of_batch

# A loss that normalizes over all replicas by itself says so by an attribute of this name.
NORMALIZES = "normalizes_over_replicas"


class ReplicaLoss(keras.losses.Loss):  # type: ignore[misc]  # Keras carries no types
    """A loss that is the mean over a batch, on one of several replicas with a share of the batch each.

    Keras takes the plain mean of the replicas' gradients. Where the last batch does not divide evenly, the pictures
    of a smaller share would count more; here the gradient is weighted by the share's size. The value stays the
    mean of the share: Keras's own tracker weighs it by the size.
    """

    def __init__(self, loss: keras.losses.Loss) -> None:
        super().__init__(name=loss.name, dtype=loss.dtype)
        self.loss = loss

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Give the mean over this replica's share."""
        value = self.loss(y_true, y_pred, sample_weight)
        weighted = value * _weight(y_pred)
        return weighted + keras.ops.stop_gradient(value - weighted)

    def get_config(self) -> dict[str, Any]:
        """Give the loss inside."""
        return {"loss": keras.saving.serialize_keras_object(self.loss)}


class ReplicaSum(ReplicaLoss):
    """A loss that is this replica's part of a sum over all of them, as one that normalizes by itself gives it.

    The gradient is right as it is. Keras's tracker takes the value for a mean over the share, and weighs it by the
    share's size; where sizes differ, that is taken back here.
    """

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
        """Give the part, as a mean over this replica's share."""
        value = self.loss(y_true, y_pred, sample_weight)
        shown = value / keras.ops.maximum(_weight(y_pred), 1e-12)
        return value + keras.ops.stop_gradient(shown - value)


def _weight(y_pred: Any) -> Any:
    """Give by how much this replica's share is larger than the mean share."""
    context = tf.distribute.get_replica_context()
    if context is None:  # while Keras builds the metrics, outside of any replica
        return 1.0
    return share_of_batch(y_pred) * context.num_replicas_in_sync
