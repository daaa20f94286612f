"""Gradients on their way to an optimizer: summed over the replicas first, and over several steps where asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf
from keras import ops


class Reduced:
    """Mixed in before one of Keras's optimizers: the replicas' gradients are summed before anything looks at them.

    Keras 3.15 clips every replica's own share, which is smaller than the whole, and lets the first replica alone
    tell whether numbers are finite; it sums at the very end.
    """

    def apply(self, grads: Sequence[Any], trainable_variables: Any = None) -> Any:
        """Sum, then do what Keras does."""
        return super().apply(_over_replicas(grads), trainable_variables)  # type: ignore[misc]  # the optimizer's


class Summed:
    """Mixed in before one of Keras's optimizers whose gradients come `Reduced`; takes a step every `every` calls.

    Keras 3.15 has `gradient_accumulation_steps`, which fails where a batch is spread ("merge_call called while
    defining a new graph"), keeps a sum of its own on every replica, so that a checkpoint has that of the first only,
    and takes the moving average of the weights in between, when they have not moved. Here the sum is the same on
    every replica, and what follows an update follows it alone. `iterations` counts updates, and a schedule of the
    learning rate the calls, as in Keras.
    """

    every = 1
    _iterations: Any
    _sums: list[Any]

    @property
    def iterations(self) -> Any:
        """Give how many updates were made."""
        return self._iterations if self.every == 1 else ops.floor_divide(self._iterations, self.every)

    def build(self, variables: Sequence[Any]) -> None:
        """Make the variables, the sums of the gradients among them."""
        super().build(variables)  # type: ignore[misc]  # the optimizer's
        self._sums = []
        if self.every > 1:
            self._sums = [self.add_variable_from_reference(each, name="gradient_sum") for each in variables]  # type: ignore[attr-defined]

    def _all_reduce_sum_gradients(self, grads_and_vars: Any) -> list[Any]:
        """Leave them: that is done before."""
        return list(grads_and_vars)

    def _backend_apply_gradients(self, grads: Sequence[Any], variables: Sequence[Any]) -> None:
        """Add the gradients up, and take a step with their mean when it is time."""
        if self.every == 1:
            super()._backend_apply_gradients(grads, variables)  # type: ignore[misc]  # the optimizer's
            return
        is_time = ops.equal((self._iterations + 1) % self.every, 0)
        if tf.__internal__.distribute.strategy_supports_no_merge_call():
            self._take(is_time, lambda step: step(grads, variables))
            return

        def across(distribution: Any, grads: Any, variables: Any) -> None:
            # A condition whose branches meet the other replicas may only stand outside of them, as in
            # LossScaleOptimizer.
            self._take(is_time, lambda step: distribution.extended.call_for_each_replica(step, args=(grads, variables)))

        tf.distribute.get_replica_context().merge_call(across, args=(list(grads), list(variables)))

    def _take(self, is_time: Any, call: Callable[[Any], Any]) -> None:
        def update() -> None:
            call(self._update)

        def add() -> None:
            call(self._add)

        ops.cond(is_time, update, add)

    def _update(self, grads: Sequence[Any], variables: Sequence[Any]) -> None:
        sums = self._sums_of(variables)
        means = [(grad + held) / self.every for grad, held in zip(grads, sums, strict=True)]
        super()._backend_apply_gradients(means, variables)  # type: ignore[misc]  # the optimizer's
        for held in sums:
            held.assign(ops.zeros_like(held))

    def _add(self, grads: Sequence[Any], variables: Sequence[Any]) -> None:
        for grad, held in zip(grads, self._sums_of(variables), strict=True):
            held.assign(held + grad)

    def _sums_of(self, variables: Sequence[Any]) -> list[Any]:
        return [self._sums[self._get_variable_index(variable)] for variable in variables]  # type: ignore[attr-defined]


def _over_replicas(grads: Sequence[Any]) -> list[Any]:
    """Give the sums over the replicas; where there are none, or one, the gradients as they are."""
    context = tf.distribute.get_replica_context()
    present = [grad for grad in grads if grad is not None]
    if context is None or context.num_replicas_in_sync == 1 or not present:
        return list(grads)
    summed = iter(context.all_reduce(tf.distribute.ReduceOp.SUM, present))
    return [None if grad is None else next(summed) for grad in grads]


class LossScale(Reduced, keras.optimizers.LossScaleOptimizer):  # type: ignore[misc]  # Keras carries no types
    """Keras's, which looks at the sum of all replicas' gradients: one of them alone may have left float16's range."""
