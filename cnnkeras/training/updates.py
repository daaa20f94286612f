"""What an optimizer does to each variable, on all replicas at one meeting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf


def update_each(optimizer: Any, update: Callable[..., None], variables: Sequence[Any], *others: Any) -> None:
    """Call `update` with every replica's own of each variable, and of `others`.

    Of the others, a list has one for each variable, and anything else is for all of them. A variable that is assigned
    in the usual way makes the replicas meet for it alone, which for a large network is most of a step's tracing.
    """

    def across(distribution: Any, variables: Sequence[Any], *others: Any) -> None:
        for index, variable in enumerate(variables):
            own = tuple(other[index] if isinstance(other, list) else other for other in others)
            distribution.extended.update(variable, update, args=own, group=False)

    tf.__internal__.distribute.interim.maybe_merge_call(
        across, optimizer._distribution_strategy, list(variables), *others
    )
