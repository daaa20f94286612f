"""Weight decay with the learning rate asked for once a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from cnnkeras.training.updates import update_each


class DecayedAtOneRate:
    """Mixed in before one of Keras's optimizers; what comes out is Keras's.

    Keras 3.15 computes the learning rate anew for every variable that decays. Of a schedule that begins with a
    warm-up, that is a condition of two branches each, which TensorFlow traces, optimizes and runs.
    """

    weight_decay: float | None
    learning_rate: Any

    def _apply_weight_decay(self, variables: Sequence[Any]) -> None:
        """Take the decay's share from every variable that has one."""
        decaying = [variable.value for variable in variables if self._decays(variable.value)]
        if decaying:
            update_each(self, self._shrink, decaying, self.learning_rate)

    def _decays(self, variable: Any) -> bool:
        return self.weight_decay is not None and self._use_weight_decay(variable)  # type: ignore[attr-defined]  # the optimizer's

    def _shrink(self, variable: Any, rate: Any) -> None:
        decay = tf.cast(self.weight_decay, variable.dtype)
        variable.assign_sub(variable * decay * tf.cast(rate, variable.dtype))
