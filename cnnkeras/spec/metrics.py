"""Keras's metrics for pictures, with their fields and defaults (Keras 3.15), and the columns they are written into.

What the data and the network settle is not asked for, as with the losses.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cnnkeras.layers.base import KerasObject
from cnnkeras.layers.fields import Count, Natural, said
from cnnkeras.layers.named import OneOf, snake_case
from cnnkeras.spec.schedules import Positive

COLUMN = r"^[a-z][a-z0-9_]*$"
Column = Annotated[str, Field(pattern=COLUMN), said(COLUMN, "must be a small letter, then small letters, digits and _")]
Threshold = Annotated[float, Field(ge=0, lt=1)]


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
    thresholds: Threshold | None = None
    top_k: Count | None = None
    class_id: Natural | None = None


class Confusion(AnyMetric):
    """How many decisions of one kind there are."""

    type: Literal["TruePositives", "TrueNegatives", "FalsePositives", "FalseNegatives"]
    thresholds: Threshold | None = None


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

Metric = Annotated[AnyMetric, OneOf("metric", METRICS, aliases=METRIC_ALIASES)]
