"""Learning-rate schedules, with Keras's fields and defaults (Keras 3.15).

Two things are added. `unit` says whether a schedule counts steps, as Keras does, or epochs. And where Keras asks
for the number of steps that a decay takes, it may be left out: the decay then takes the whole training.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from cnnkeras.layers.base import KerasObject
from cnnkeras.layers.fields import Count, Natural
from cnnkeras.layers.named import OneOf

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Schedule(KerasObject):
    """A learning rate that changes from step to step."""

    # The fields that count steps or epochs, and among them the one that may be left out.
    counted: ClassVar[tuple[str, ...]] = ("decay_steps",)
    whole: ClassVar[str] = "decay_steps"

    unit: Literal["steps", "epochs"] = "steps"

    def in_steps(self, steps_per_epoch: int, epochs: int) -> Schedule:
        """Give the same schedule counted in steps, with nothing left out."""
        factor = steps_per_epoch if self.unit == "epochs" else 1
        counts = {name: _times(getattr(self, name), factor) for name in self.counted}
        if self.whole and counts[self.whole] is None:
            # What a warm-up takes comes before the decay, not out of it.
            counts[self.whole] = max(1, steps_per_epoch * epochs - (counts.get("warmup_steps") or 0))
        return self.model_copy(update={**counts, "unit": "steps"})

    def to_keras(self) -> dict[str, Any]:
        """Give Keras's serialized form; `unit` is ours."""
        form = super().to_keras()
        del form["config"]["unit"]
        return form


def _times(value: int | tuple[int, ...] | None, factor: int) -> Any:
    if isinstance(value, tuple):
        return tuple(member * factor for member in value)
    return None if value is None else value * factor


class CosineDecay(Schedule):
    """Half a cosine wave down (Loshchilov and Hutter 2017), after a linear warm-up to `warmup_target`."""

    counted: ClassVar[tuple[str, ...]] = ("decay_steps", "warmup_steps")

    type: Literal["CosineDecay"]
    initial_learning_rate: NotNegative
    decay_steps: Count | None = None
    alpha: NotNegative = 0.0
    warmup_target: Positive | None = None
    warmup_steps: Natural = 0

    @model_validator(mode="after")
    def _warm_up_has_both(self) -> CosineDecay:
        if (self.warmup_target is None) != (self.warmup_steps == 0):
            raise PydanticCustomError("warm_up", "warmup_target and warmup_steps need each other; only one is given")
        return self


class CosineDecayRestarts(Schedule):
    """Cosine waves that begin anew, each `t_mul` times as long and `m_mul` times as high (SGDR, 2017)."""

    counted: ClassVar[tuple[str, ...]] = ("first_decay_steps",)
    whole: ClassVar[str] = "first_decay_steps"

    type: Literal["CosineDecayRestarts"]
    initial_learning_rate: Positive
    first_decay_steps: Count | None = None
    t_mul: Positive = 2.0
    m_mul: Positive = 1.0
    alpha: NotNegative = 0.0


class ExponentialDecay(Schedule):
    """`initial_learning_rate · decay_rate^(step / decay_steps)`."""

    type: Literal["ExponentialDecay"]
    initial_learning_rate: Positive
    decay_steps: Count | None = None
    decay_rate: Positive
    staircase: bool = False


class InverseTimeDecay(Schedule):
    """`initial_learning_rate / (1 + decay_rate · step / decay_steps)`."""

    type: Literal["InverseTimeDecay"]
    initial_learning_rate: Positive
    decay_steps: Count | None = None
    decay_rate: NotNegative
    staircase: bool = False


class PolynomialDecay(Schedule):
    """From `initial_learning_rate` to `end_learning_rate` along a power; 1 is a straight line."""

    type: Literal["PolynomialDecay"]
    initial_learning_rate: Positive
    decay_steps: Count | None = None
    end_learning_rate: NotNegative = 0.0001
    power: Positive = 1.0
    cycle: bool = False


class PiecewiseConstantDecay(Schedule):
    """`values[0]` up to and with the step `boundaries[0]`, then `values[1]`, and so on."""

    counted: ClassVar[tuple[str, ...]] = ("boundaries",)
    whole: ClassVar[str] = ""

    type: Literal["PiecewiseConstantDecay"]
    boundaries: Annotated[tuple[Count, ...], Field(min_length=1)]
    values: tuple[Positive, ...]

    @model_validator(mode="after")
    def _fits_together(self) -> PiecewiseConstantDecay:
        if any(later <= earlier for earlier, later in zip(self.boundaries, self.boundaries[1:], strict=False)):
            raise PydanticCustomError("boundaries", "boundaries must grow")
        if len(self.values) != len(self.boundaries) + 1:
            raise PydanticCustomError(
                "boundaries",
                "{boundaries} boundaries make {pieces} pieces, and values has {values}",
                {"boundaries": len(self.boundaries), "pieces": len(self.boundaries) + 1, "values": len(self.values)},
            )
        return self


SCHEDULES: dict[str, type[Schedule]] = {
    "CosineDecay": CosineDecay,
    "CosineDecayRestarts": CosineDecayRestarts,
    "ExponentialDecay": ExponentialDecay,
    "InverseTimeDecay": InverseTimeDecay,
    "PiecewiseConstantDecay": PiecewiseConstantDecay,
    "PolynomialDecay": PolynomialDecay,
}

_SCHEDULE = OneOf("learning-rate schedule", SCHEDULES)


class _NumberOrSchedule:
    """One message for a learning rate that is neither."""

    def read(self, value: Any) -> float | Schedule:
        if isinstance(value, dict | Schedule):
            return _SCHEDULE.read(value)  # type: ignore[return-value]  # the schedules' table holds nothing else
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf"):
            return float(value)
        raise PydanticCustomError(
            "learning_rate", 'must be a number above 0, or a schedule such as {"type": "CosineDecay", …}'
        )

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        number = {"type": "number", "exclusiveMinimum": 0}
        return {"anyOf": [number, _SCHEDULE.objects_schema(handler)]}


LearningRate = Annotated[float | Schedule, _NumberOrSchedule()]
