"""A variable's update by one kernel of TensorFlow's, where Keras's optimizer makes a dozen operations of it.

The numbers are Keras's to rounding: the kernels compute the same formulas. A dozen operations read and write the
variable and its moments as many times, and each costs its call, which for a network of small layers is what its
update takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from keras import ops

from cnnkeras.spec.optimizers import SGD, Adam, AdamW, Optimizer


class FusedAdam:
    """Mixed in before Keras's Adam and AdamW without `amsgrad`, which the kernel has not."""

    beta_1: float
    beta_2: float
    epsilon: float
    iterations: Any
    _momentums: list[Any]
    _velocities: list[Any]

    def _backend_update_step(self, grads: Sequence[Any], variables: Sequence[Any], learning_rate: Any) -> None:
        """Correct the rate for the moments' beginning at 0 once for all variables, and update them."""
        super()._backend_update_step(grads, variables, self._corrected(learning_rate))  # type: ignore[misc]  # the optimizer's

    def _corrected(self, learning_rate: Any) -> Any:
        """Give the rate of Kingma and Ba 2014, section 2: rate · √(1 - β₂ᵗ) / (1 - β₁ᵗ)."""
        step = ops.cast(self.iterations + 1, "float32")
        beginning = ops.sqrt(1 - ops.power(self.beta_2, step)) / (1 - ops.power(self.beta_1, step))
        return ops.cast(learning_rate, "float32") * beginning

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move the moments and the variable; the rate is corrected already."""
        index = self._get_variable_index(variable)  # type: ignore[attr-defined]  # the optimizer's
        number = variable.dtype
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[index].value.handle,
            v=self._velocities[index].value.handle,
            # What is 0 corrects nothing.
            beta1_power=tf.zeros((), number),
            beta2_power=tf.zeros((), number),
            lr=tf.cast(learning_rate, number),
            beta1=tf.constant(self.beta_1, number),
            beta2=tf.constant(self.beta_2, number),
            epsilon=tf.constant(self.epsilon, number),
            grad=tf.cast(tf.convert_to_tensor(gradient), number),
        )


class FusedMomentum:
    """Mixed in before Keras's SGD."""

    momentum: float
    nesterov: bool
    momentums: list[Any]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move the momentum, if any, and the variable."""
        number = variable.dtype
        rate, gradient = tf.cast(learning_rate, number), tf.cast(tf.convert_to_tensor(gradient), number)
        if not self.momentum:
            tf.raw_ops.ResourceApplyGradientDescent(var=variable.handle, alpha=rate, delta=gradient)
            return
        index = self._get_variable_index(variable)  # type: ignore[attr-defined]  # the optimizer's
        tf.raw_ops.ResourceApplyKerasMomentum(
            var=variable.handle,
            accum=self.momentums[index].value.handle,
            lr=rate,
            grad=gradient,
            momentum=tf.constant(self.momentum, number),
            use_nesterov=self.nesterov,
        )


def fused_update(optimizer: Optimizer) -> type | None:
    """Give what is to be mixed in before this optimizer's class of Keras, None where there is no kernel for it."""
    if isinstance(optimizer, SGD):
        return FusedMomentum
    return FusedAdam if isinstance(optimizer, Adam | AdamW) and not optimizer.amsgrad else None
