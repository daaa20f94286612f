"""The `training` section, with Keras's names and Keras's defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from cnnkeras.layers.fields import Count, Finite, Natural
from cnnkeras.spec.batch_size import DEFAULT, BatchSize
from cnnkeras.spec.losses import Loss
from cnnkeras.spec.metrics import Metric
from cnnkeras.spec.optimizers import Adam, AnyOptimizer
from cnnkeras.spec.schedules import Schedule

Strategy = Literal["auto", "one_device", "mirrored", "multi_worker"]
Precision = Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Fraction = Annotated[float, Field(gt=0, lt=1)]


class Section(BaseModel):
    """A part of the training section."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)


class EarlyStopping(Section):
    """Stop when `monitor` has not improved by `min_delta` for `patience` epochs (keras.callbacks.EarlyStopping)."""

    monitor: str = "val_loss"
    min_delta: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    patience: Natural = 0
    mode: Literal["auto", "min", "max"] = "auto"
    start_from_epoch: Natural = 0


class ReduceLROnPlateau(Section):
    """Multiply the learning rate by `factor` when `monitor` stands still (keras.callbacks.ReduceLROnPlateau)."""

    monitor: str = "val_loss"
    factor: Fraction = 0.1
    patience: Natural = 10
    mode: Literal["auto", "min", "max"] = "auto"
    min_delta: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0001
    cooldown: Natural = 0
    min_lr: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0


class TrainingSection(Section):
    """How the network is trained.

    `batch_size` is the global one, over all replicas; "auto" is the largest that the memory takes.
    `loss`, `metrics` and `monitor` default to the task's.
    `initial_weights` is a run, or a .keras file, whose layers' weights the layers of the same names begin with.
    `monitor` names the figure by which the best epoch is chosen, as it stands in history.csv.
    The state of the training is saved after every epoch, and within one every `checkpoint_minutes`.
    "auto" is decided from the device when the run starts, and the choice and its reason are printed.
    `profile` names the first and the last step that are traced for TensorBoard's profiler.
    """

    epochs: Annotated[int, Field(ge=0, le=1_000_000)] = 10
    batch_size: BatchSize = DEFAULT
    optimizer: AnyOptimizer = Adam(type="Adam")
    loss: Loss | None = None
    loss_weights: tuple[Finite, ...] | None = None
    initial_weights: Annotated[str, Field(min_length=1)] | None = None
    metrics: tuple[Metric, ...] | None = None
    monitor: str | None = None
    early_stopping: EarlyStopping | None = None
    reduce_learning_rate: ReduceLROnPlateau | None = None
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    deterministic: bool = False
    checkpoint_minutes: Positive = 10.0
    strategy: Strategy = "auto"
    devices: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    precision: Precision = "auto"
    jit_compile: bool | Literal["auto"] = "auto"
    steps_per_execution: Count | Literal["auto"] = "auto"
    threads: Count | Literal["auto"] = "auto"
    batch_parts: Count | Literal["auto"] = "auto"
    winograd: bool | Literal["auto"] = "auto"
    profile: tuple[Count, Count] | None = None

    @field_validator("profile")
    @classmethod
    def _forwards(cls, steps: tuple[int, int] | None) -> tuple[int, int] | None:
        if steps and steps[0] > steps[1]:
            raise PydanticCustomError(
                "profile",
                "the first step, {first}, must not come after the last, {last}",
                dict(zip(("first", "last"), steps, strict=True)),
            )
        return steps

    @model_validator(mode="after")
    def _one_hand_on_the_learning_rate(self) -> TrainingSection:
        if self.reduce_learning_rate is not None and isinstance(self.optimizer.learning_rate, Schedule):
            raise PydanticCustomError(
                "learning_rate",
                "reduce_learning_rate can't change a learning rate that follows {schedule}",
                {"schedule": self.optimizer.learning_rate.type, "hint": "use one of the two"},
            )
        return self
