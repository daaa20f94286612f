"""Keras's losses for pictures, with their fields and defaults (Keras 3.15).

What the data and the network settle is not asked for: whether labels are numbers or one-hot, whether the network
gives probabilities or logits (`from_logits`), the axis of the classes, the reduction, which is the mean.
Left out are the losses that need pairs or sequences: `Circle` and `CTC`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from cnnkeras.layers.base import KerasObject
from cnnkeras.layers.named import OneOf
from cnnkeras.spec.schedules import NotNegative, Positive

# Losses of Keras that ask whether they are given logits; the first is what a task takes where the file names none.
CROSSENTROPIES = (
    "SparseCategoricalCrossentropy", "CategoricalCrossentropy", "CategoricalFocalCrossentropy",
    "BinaryCrossentropy", "BinaryFocalCrossentropy",
)  # fmt: skip
# Those that look at each unit by itself.
UNITWISE = ("BinaryCrossentropy", "BinaryFocalCrossentropy")

Share = Annotated[float, Field(ge=0, le=1)]
Smoothing = Annotated[float, Field(ge=0, lt=1)]
Axis = Annotated[int, Field(ge=0, le=3)]


def _once(axis: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(axis)) < len(axis):
        raise PydanticCustomError("axis", "an axis is named twice")
    return axis


class AnyLoss(KerasObject):
    """A loss: what training makes small."""

    @property
    def parts(self) -> tuple[AnyLoss, ...]:
        """Give the losses that it is the sum of: itself, for most."""
        return (self,)


class WeighedLoss(AnyLoss):
    """A loss of single labels. Each counts `class_weights[its class]` times; Keras has that as an argument of `fit`."""

    class_weights: tuple[NotNegative, ...] | None = None


class PlainLoss(AnyLoss):
    """A loss without fields."""

    type: Literal[
        "CategoricalHinge", "CosineSimilarity", "Hinge", "KLDivergence", "LogCosh", "MeanAbsoluteError",
        "MeanSquaredError", "Poisson", "SquaredHinge",
    ]  # fmt: skip


class SparseCategoricalCrossentropy(WeighedLoss):
    """Crossentropy over classes; labels equal to `ignore_class` count nothing."""

    type: Literal["SparseCategoricalCrossentropy"]
    ignore_class: int | None = None


class Crossentropy(WeighedLoss):
    """Crossentropy over classes, or class by class, with smoothed labels (Szegedy et al. 2016)."""

    type: Literal["CategoricalCrossentropy", "BinaryCrossentropy"]
    label_smoothing: Smoothing = 0.0


class CategoricalFocalCrossentropy(WeighedLoss):
    """Crossentropy that looks at the hard examples (Lin et al. 2017)."""

    type: Literal["CategoricalFocalCrossentropy"]
    alpha: Share = 0.25
    gamma: NotNegative = 2.0
    label_smoothing: Smoothing = 0.0


class BinaryFocalCrossentropy(WeighedLoss):
    """The same, class by class."""

    type: Literal["BinaryFocalCrossentropy"]
    apply_class_balancing: bool = False
    alpha: Share = 0.25
    gamma: NotNegative = 2.0
    label_smoothing: Smoothing = 0.0


class CategoricalGeneralizedCrossEntropy(AnyLoss):
    """Between crossentropy and absolute error, for labels with mistakes in them (Zhang and Sabuncu 2018)."""

    type: Literal["CategoricalGeneralizedCrossEntropy"]
    q: Annotated[float, Field(gt=0, lt=1)] = 0.5


class Huber(AnyLoss):
    """Squared up to `delta`, straight beyond."""

    type: Literal["Huber"]
    delta: Positive = 1.0


class RegionLoss(AnyLoss):
    """A loss of how regions overlap. `axis` are the axes counted together, the batch being the first; None is all.

    With one number a class, `[0, 1, 2]` is the mean of the classes' figures over the batch, and `[1, 2]` of each
    class's in each picture. All together, a class counts by its pixels.
    """

    axis: Annotated[tuple[Axis, ...], Field(min_length=1), AfterValidator(_once)] | None = None


class Dice(RegionLoss):
    """Overlap: twice what is in both regions, over what is in either (Milletari et al. 2016)."""

    type: Literal["Dice"]


class Tversky(RegionLoss):
    """Overlap in which false positives weigh `alpha` and false negatives `beta` (Salehi et al. 2017)."""

    type: Literal["Tversky"]
    alpha: NotNegative = 0.5
    beta: NotNegative = 0.5

    @model_validator(mode="after")
    def _is_consistent(self) -> Tversky:
        if not self.alpha and not self.beta:
            text = "with alpha and beta both 0 no mistake counts, and nothing would be learned; give one more than 0"
            raise PydanticCustomError("weights", text)
        return self


LOSSES: dict[str, type[AnyLoss]] = {
    "SparseCategoricalCrossentropy": SparseCategoricalCrossentropy,
    "CategoricalCrossentropy": Crossentropy,
    "BinaryCrossentropy": Crossentropy,
    "CategoricalFocalCrossentropy": CategoricalFocalCrossentropy,
    "BinaryFocalCrossentropy": BinaryFocalCrossentropy,
    "CategoricalGeneralizedCrossEntropy": CategoricalGeneralizedCrossEntropy,
    "CategoricalHinge": PlainLoss,
    "Hinge": PlainLoss,
    "SquaredHinge": PlainLoss,
    "KLDivergence": PlainLoss,
    "Poisson": PlainLoss,
    "MeanSquaredError": PlainLoss,
    "MeanAbsoluteError": PlainLoss,
    "Huber": Huber,
    "LogCosh": PlainLoss,
    "CosineSimilarity": PlainLoss,
    "Dice": Dice,
    "Tversky": Tversky,
}


LOSS_ALIASES = {
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "bce": "BinaryCrossentropy",
    "kld": "KLDivergence",
}
# The commonest loss by the names that other libraries give it.
LOSS_HABITS = dict.fromkeys(("crossentropy", "ce", "nll", "softmax", "logloss"), "CategoricalCrossentropy")


class Sum(AnyLoss):
    """Several losses added up, each times its weight; without weights, each as it is."""

    type: Literal["Sum"]
    losses: tuple[Annotated[AnyLoss, OneOf("loss", LOSSES, aliases=LOSS_ALIASES, habits=LOSS_HABITS)], ...]
    weights: tuple[NotNegative, ...] | None = None

    @model_validator(mode="after")
    def _is_consistent(self) -> Sum:
        if not self.losses:
            raise PydanticCustomError("losses", "a sum needs at least one loss")
        if self.weights is not None and len(self.weights) != len(self.losses):
            text = "the losses that are added are {losses}, and the weights {weights}; give each loss one"
            raise PydanticCustomError("weights", text, {"losses": len(self.losses), "weights": len(self.weights)})
        if self.weights is not None and not any(self.weights):
            raise PydanticCustomError("weights", "every loss has the weight 0; give one of them more")
        return self

    @property
    def parts(self) -> tuple[AnyLoss, ...]:
        """Give the losses that are added."""
        return self.losses

    @property
    def shares(self) -> tuple[float, ...]:
        """Give what each of them is multiplied by."""
        return self.weights or (1.0,) * len(self.losses)


# Every loss that a file may name; `LOSSES` are those of Keras.
ALL_LOSSES: dict[str, type[AnyLoss]] = {**LOSSES, "Sum": Sum}
Loss = Annotated[AnyLoss, OneOf("loss", ALL_LOSSES, aliases=LOSS_ALIASES, habits=LOSS_HABITS)]
