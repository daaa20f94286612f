"""Keras's losses and metrics for pictures, with their fields and defaults (Keras 3.15).

What the data and the network settle is not asked for: whether labels are numbers or one-hot, whether the network
gives probabilities or logits (`from_logits`), the axis of the classes, the reduction, which is the mean.
Left out are the losses that need pairs or sequences: `Circle` and `CTC`.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from cnnkeras.layers.base import KerasObject
from cnnkeras.layers.fields import Count, Natural, said
from cnnkeras.layers.named import OneOf, snake_case
from cnnkeras.spec.schedules import NotNegative, Positive

Share = Annotated[float, Field(ge=0, le=1)]
COLUMN = r"^[a-z][a-z0-9_]*$"
Column = Annotated[str, Field(pattern=COLUMN), said(COLUMN, "must be a small letter, then small letters, digits and _")]
Smoothing = Annotated[float, Field(ge=0, lt=1)]


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
        "CategoricalHinge", "CosineSimilarity", "Dice", "Hinge", "KLDivergence", "LogCosh", "MeanAbsoluteError",
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


class Tversky(AnyLoss):
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
    "Dice": PlainLoss,
    "Tversky": Tversky,
}


LOSS_ALIASES = {
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
    "bce": "BinaryCrossentropy",
    "kld": "KLDivergence",
}


class Sum(AnyLoss):
    """Several losses added up, each times its weight; without weights, each as it is."""

    type: Literal["Sum"]
    losses: tuple[Annotated[AnyLoss, OneOf("loss", LOSSES, aliases=LOSS_ALIASES)], ...]
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


class AnyMetric(KerasObject):
    """A metric: what is measured and written down, under `name` if it is given."""

    name: Column | None = None

    @property
    def column(self) -> str:
        """Give the name under which history.csv and metrics.json have it."""
        return self.name or _COLUMNS.get(self.type) or snake_case(self.type)

    @property
    def better(self) -> Literal["min", "max"]:
        """Tell which end of the scale is the good one."""
        return "min" if self.type in _ERRORS else "max"


_ERRORS = (
    "CategoricalCrossentropy", "CategoricalHinge", "FalseNegatives", "FalsePositives", "KLDivergence",
    "MeanAbsoluteError", "MeanSquaredError", "RootMeanSquaredError",
)  # fmt: skip
# Where Keras's own names differ from the rule; its mean_io_u is written as people do.
_COLUMNS = {"FBetaScore": "fbeta_score", "IoU": "iou", "MeanIoU": "mean_iou"}


class PlainMetric(AnyMetric):
    """A metric without fields. `Accuracy` is the share of right answers, for every kind of label."""

    type: Literal[
        "Accuracy", "CategoricalCrossentropy", "CategoricalHinge", "CosineSimilarity", "KLDivergence",
        "MeanAbsoluteError", "MeanSquaredError", "RootMeanSquaredError",
    ]  # fmt: skip


class TopKCategoricalAccuracy(AnyMetric):
    """The share of pictures whose class is among the `k` likeliest."""

    type: Literal["TopKCategoricalAccuracy"]
    k: Count = 5


class Counted(AnyMetric):
    """Decisions counted, over all classes or for `class_id` alone."""

    type: Literal["Precision", "Recall"]
    thresholds: Smoothing | None = None
    top_k: Count | None = None
    class_id: Natural | None = None


class Confusion(AnyMetric):
    """How many decisions of one kind there are."""

    type: Literal["TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives"]
    thresholds: Smoothing | None = None


class AUC(AnyMetric):
    """The area under the ROC or the precision-recall curve."""

    type: Literal["AUC"]
    num_thresholds: Annotated[int, Field(ge=2, le=100_000)] = 200
    curve: Literal["ROC", "PR"] = "ROC"
    summation_method: Literal["interpolation", "minoring", "majoring"] = "interpolation"
    multi_label: bool = False


class FScore(AnyMetric):
    """The harmonic mean of precision and recall. Averaged, where Keras's default is one figure a class."""

    type: Literal["F1Score"]
    average: Literal["micro", "macro", "weighted"] = "macro"
    threshold: Annotated[float, Field(gt=0, le=1)] | None = None


class FBetaScore(FScore):
    """The same, with recall `beta` times as important."""

    type: Literal["FBetaScore"]  # type: ignore[assignment]  # each class has its own name
    beta: Positive = 1.0


class MeanIoU(AnyMetric):
    """Intersection over union, the mean of the classes, over all that has been seen."""

    type: Literal["MeanIoU"]
    ignore_class: int | None = None


class IoU(AnyMetric):
    """Intersection over union of the classes named."""

    type: Literal["IoU"]
    target_class_ids: Annotated[tuple[Natural, ...], Field(min_length=1)]
    ignore_class: int | None = None


METRICS: dict[str, type[AnyMetric]] = {
    "Accuracy": PlainMetric,
    "TopKCategoricalAccuracy": TopKCategoricalAccuracy,
    "Precision": Counted,
    "Recall": Counted,
    "AUC": AUC,
    "F1Score": FScore,
    "FBetaScore": FBetaScore,
    "MeanIoU": MeanIoU,
    "IoU": IoU,
    "TruePositives": Confusion,
    "TrueNegatives": Confusion,
    "FalsePositives": Confusion,
    "FalseNegatives": Confusion,
    "CategoricalCrossentropy": PlainMetric,
    "CategoricalHinge": PlainMetric,
    "CosineSimilarity": PlainMetric,
    "KLDivergence": PlainMetric,
    "MeanAbsoluteError": PlainMetric,
    "MeanSquaredError": PlainMetric,
    "RootMeanSquaredError": PlainMetric,
}

# Keras has the sparse and the one-hot form under two names; which it is follows from the data.
METRIC_ALIASES = {
    "acc": "Accuracy",
    "sparse_categorical_accuracy": "Accuracy",
    "SparseCategoricalAccuracy": "Accuracy",
    "categorical_accuracy": "Accuracy",
    "CategoricalAccuracy": "Accuracy",
    "binary_accuracy": "Accuracy",
    "BinaryAccuracy": "Accuracy",
    "sparse_top_k_categorical_accuracy": "TopKCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy": "TopKCategoricalAccuracy",
    "sparse_categorical_crossentropy": "CategoricalCrossentropy",
    "SparseCategoricalCrossentropy": "CategoricalCrossentropy",
    "mean_iou": "MeanIoU",
    # 2·TP / (2·TP + FP + FN), by either name.
    "dice": "F1Score",
    "Dice": "F1Score",
    "iou": "IoU",
    "mse": "MeanSquaredError",
    "mae": "MeanAbsoluteError",
}

# Every loss that a file may name; `LOSSES` are those of Keras.
ALL_LOSSES: dict[str, type[AnyLoss]] = {**LOSSES, "Sum": Sum}
Loss = Annotated[AnyLoss, OneOf("loss", ALL_LOSSES, aliases=LOSS_ALIASES)]
Metric = Annotated[AnyMetric, OneOf("metric", METRICS, aliases=METRIC_ALIASES)]
