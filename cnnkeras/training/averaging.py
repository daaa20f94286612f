"""The moving average of the weights, which follows closely at first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from keras import ops

from cnnkeras.training.updates import update_each


class WarmedAverage:
    """Mixed in before one of Keras's optimizers: the momentum of its average is (1 + steps) / (10 + steps) at most.

    Keras's is constant. With 0.999, the weights of the beginning would be most of the average for a thousand steps,
    which is more than many a training has. The bound is TensorFlow's own for its ExponentialMovingAverage
    (`num_updates`). The first weights are taken as they are, as by Keras.
    """

    ema_momentum: float
    iterations: Any
    _model_variables_moving_average: Sequence[Any]

    def _update_model_variables_moving_average(self, trainable_variables: Any) -> None:
        averages = [average.value for average in self._model_variables_moving_average]
        update_each(self, _follow, averages, [variable.value for variable in trainable_variables], self._momentum())

    def _momentum(self) -> Any:
        steps = ops.cast(self.iterations, "float32")
        momentum = ops.minimum(self.ema_momentum, (1 + steps) / (10 + steps))
        return ops.where(ops.equal(steps, 0), 0.0, momentum)


def _follow(average: Any, variable: Any, momentum: Any) -> None:
    momentum = tf.cast(momentum, average.dtype)
    average.assign(momentum * average + (1 - momentum) * variable)
