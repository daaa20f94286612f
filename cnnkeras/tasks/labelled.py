"""What classification and segmentation share: class numbers as labels, losses and metrics by name."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar

from cnnkeras.spec.losses import ALL_LOSSES, LOSSES, AnyLoss
from cnnkeras.spec.metrics import METRICS, AnyMetric
from cnnkeras.tasks.checks import check_training
from cnnkeras.tasks.heads import head
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.tasks.tiles import check_tiles

if TYPE_CHECKING:
    import keras

    from cnnkeras.errors import Diagnostic
    from cnnkeras.spec.architecture import Architecture


class LabelTask(TrainableTask):
    """A task whose labels are class numbers, one a picture or one a pixel."""

    losses: ClassVar[tuple[str, ...]] = tuple(ALL_LOSSES)
    metrics: ClassVar[tuple[str, ...]] = tuple(METRICS)

    @abstractmethod
    def default_metrics(self, architecture: Architecture) -> tuple[AnyMetric, ...]:
        """Give the metrics that are measured where the file names none."""

    def default_columns(self, architecture: Architecture) -> tuple[str, ...]:
        """Give the names of the default metrics."""
        return tuple(metric.column for metric in self.default_metrics(architecture))

    def check_training(self, architecture: Architecture) -> list[Diagnostic]:
        """Tell what of the training section doesn't fit the task, the network or the data."""
        return [*check_tiles(self, architecture), *check_training(self, architecture)]

    def loss(self, architecture: Architecture, output: str | None = None) -> keras.losses.Loss:
        """Give the loss of one output: the file's, else crossentropy over its classes."""
        from cnnkeras.tasks.losses import make_loss

        described = head(architecture, output)
        default = "BinaryCrossentropy" if described.units == 1 else "SparseCategoricalCrossentropy"
        loss: AnyLoss = architecture.training.loss or LOSSES[default].model_validate({"type": default})
        return make_loss(loss, described)

    def metric_objects(self, architecture: Architecture) -> list[keras.metrics.Metric]:
        """Give the metrics of the main output."""
        from cnnkeras.tasks.metrics import make_metric

        metrics = architecture.training.metrics
        chosen = self.default_metrics(architecture) if metrics is None else metrics
        return [make_metric(metric, head(architecture)) for metric in chosen]
