"""The optimizer that the file describes, as Keras's object."""

from __future__ import annotations

from typing import Any

import keras

from cnnkeras.spec.optimizers import Optimizer
from cnnkeras.spec.schedules import Schedule
from cnnkeras.spec.training import TrainingSection
from cnnkeras.training.averaging import WarmedAverage
from cnnkeras.training.fused_updates import fused_update
from cnnkeras.training.gradients import LossScale, Reduced, Summed
from cnnkeras.training.weight_decay import DecayedAtOneRate


def make_optimizer(optimizer: Optimizer, steps_per_epoch: int, epochs: int, scales_loss: bool = False) -> Any:
    """Give Keras's optimizer; a schedule without a length takes the whole training.

    With `scales_loss` the loss is scaled so that small gradients are not 0 in float16. To be called within the
    strategy's scope, since an optimizer has variables.
    """
    ours = ("type", "exclude_from_weight_decay", "gradient_accumulation_steps")
    fields = {name: getattr(optimizer, name) for name in type(optimizer).model_fields if name not in ours}
    rate = optimizer.learning_rate
    if isinstance(rate, Schedule):
        fields["learning_rate"] = _schedule(rate.in_steps(steps_per_epoch, max(1, epochs)))
    # Keras's constructors take lists, and None for an empty one.
    fields = {name: (list(value) or None) if isinstance(value, tuple) else value for name, value in fields.items()}
    made = _kind(optimizer, scales_loss)(**fields)
    made.every = optimizer.gradient_accumulation_steps or 1
    if optimizer.exclude_from_weight_decay:
        made.exclude_from_weight_decay(var_names=list(optimizer.exclude_from_weight_decay))
    return LossScale(made) if scales_loss else made


def _kind(optimizer: Optimizer, scales_loss: bool) -> type:
    """Give Keras's class with what this optimizer does otherwise, under its own name."""
    kind = getattr(keras.optimizers, optimizer.type)
    # What scales the loss stands around it, and reduces the gradients itself.
    mixed = [Summed, *([] if scales_loss else [Reduced]), *([WarmedAverage] if optimizer.use_ema else [])]
    # One that decays by a rule of its own keeps it.
    mixed += [] if "_apply_weight_decay" in vars(kind) else [DecayedAtOneRate]
    fused = fused_update(optimizer)
    return type(kind.__name__, (*mixed, *([fused] if fused else []), kind), {})


def follows_epochs(training: TrainingSection) -> bool:
    """Tell whether the learning rate is a schedule whose length in steps follows from how many an epoch has."""
    rate = training.optimizer.learning_rate
    if not isinstance(rate, Schedule):
        return False
    return rate.unit == "epochs" or bool(rate.whole and getattr(rate, rate.whole) is None)


class Ahead(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]  # Keras carries no types
    """A schedule that may be `steps` ahead of its optimizer. To be set before a step is traced.

    It has no config, as Keras's base has none: a training's optimizer is not saved with its network.
    """

    def __init__(self, schedule: Any) -> None:
        self._schedule = schedule
        self.steps = 0

    def __call__(self, step: Any) -> Any:
        """Give the rate."""
        return self._schedule(step + self.steps)


def steps_done(optimizer: Any) -> int:
    """Give how many steps an optimizer has counted, the ones among them that only add gradients up."""
    # As an array: a variable that replicas hold is no number to Python.
    return int(keras.ops.convert_to_numpy(getattr(optimizer, "inner_optimizer", optimizer)._iterations))


def with_rate(optimizer: Any, has_number: bool) -> list[Any]:
    """Give an optimizer's variables as they would be if its learning rate were a number, or were none.

    A schedule is no variable. In its place stands one that nobody reads; that of a number is left out.
    """
    inner, variables = getattr(optimizer, "inner_optimizer", optimizer), list(optimizer.variables)
    is_number = isinstance(inner._learning_rate, keras.Variable)
    if is_number and not has_number:
        return [variable for variable in variables if variable is not inner._learning_rate]
    if has_number and not is_number:
        # Keras makes the rate's right after that of the steps.
        place = next(index for index, variable in enumerate(variables) if variable is inner._iterations)
        variables.insert(place + 1, keras.Variable(0.0, trainable=False))
    return variables


def set_ahead(optimizer: Any, steps: int) -> None:
    """Let a schedule of the learning rate be so many steps ahead; where the rate is a number, nothing changes.

    The optimizer's own count stays: its moments and averages are corrected by it, and gradients are added up by it.
    """
    schedule = getattr(optimizer, "inner_optimizer", optimizer)._learning_rate
    if isinstance(schedule, Ahead):
        schedule.steps = steps


def _schedule(schedule: Schedule) -> Any:
    config = schedule.to_keras()["config"]
    config = {name: list(value) if isinstance(value, tuple) else value for name, value in config.items()}
    return Ahead(getattr(keras.optimizers.schedules, schedule.type)(**config))
