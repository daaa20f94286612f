"""The moving average of the weights, which follows closely at first."""

from __future__ import annotations

from typing import Any

from keras import ops


class WarmedAverage:
    """Mixed in before one of Keras's optimizers: the momentum of its average is (1 + steps) / (10 + steps) at most.

    Keras's is constant. With 0.999, the weights of the beginning would be most of the average for a thousand steps,
    which is more than many a training has. The bound is TensorFlow's own for its ExponentialMovingAverage
    (`num_updates`).
    """

    ema_momentum: Any
    iterations: Any

    def _update_model_variables_moving_average(self, trainable_variables: Any) -> None:
        steps = ops.cast(self.iterations, "float32")
        given = self.ema_momentum
        self.ema_momentum = ops.minimum(given, (1 + steps) / (10 + steps))
        try:
            super()._update_model_variables_moving_average(trainable_variables)  # type: ignore[misc]  # the optimizer's
        finally:
            self.ema_momentum = given
