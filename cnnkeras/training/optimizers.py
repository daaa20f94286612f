"""The optimizer that the file describes, as Keras's object."""

from __future__ import annotations

from typing import Any

import keras

from cnnkeras.spec.optimizers import Optimizer
from cnnkeras.spec.schedules import Schedule
from cnnkeras.training.averaging import warmed


def make_optimizer(optimizer: Optimizer, steps_per_epoch: int, epochs: int) -> Any:
    """Give Keras's optimizer; a schedule without a length takes the whole training.

    To be called within the strategy's scope, since an optimizer has variables.
    """
    ours = ("type", "exclude_from_weight_decay")
    fields = {name: getattr(optimizer, name) for name in type(optimizer).model_fields if name not in ours}
    rate = optimizer.learning_rate
    if isinstance(rate, Schedule):
        fields["learning_rate"] = _schedule(rate.in_steps(steps_per_epoch, max(1, epochs)))
    # Keras's constructors take lists, and None for an empty one.
    fields = {name: (list(value) or None) if isinstance(value, tuple) else value for name, value in fields.items()}
    kind = getattr(keras.optimizers, optimizer.type)
    made = (warmed(kind) if optimizer.use_ema else kind)(**fields)
    if optimizer.exclude_from_weight_decay:
        made.exclude_from_weight_decay(var_names=list(optimizer.exclude_from_weight_decay))
    return made


def _schedule(schedule: Schedule) -> Any:
    config = schedule.to_keras()["config"]
    config = {name: list(value) if isinstance(value, tuple) else value for name, value in config.items()}
    return getattr(keras.optimizers.schedules, schedule.type)(**config)
