"""A box with its class for every object."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cnnkeras.layers.base import LayerProblem, Shape
from cnnkeras.tasks.checks import check_training
from cnnkeras.tasks.detection.heads import check_heads
from cnnkeras.tasks.heads import wrong_form
from cnnkeras.tasks.task import Evaluation, TrainableTask
from cnnkeras.tasks.tiles import check_tiles

if TYPE_CHECKING:
    import keras

    from cnnkeras.datasets.source import Data, Part
    from cnnkeras.errors import Diagnostic
    from cnnkeras.spec.architecture import Architecture

# The numbers of a place beside those of the classes: at least four, for the box.
BOX = 4


class Detection(TrainableTask):
    """Labels are boxes `(batch, boxes, 5)`: left, top, right, bottom in pixels of the network's input, and the class.

    Rows without a box are -1. The network gives `(places, numbers)`: for every place where an object may be, a box
    and a score for each class, as its head has them.
    """

    name: ClassVar[str] = "detection"
    label = "boxes"
    sees_whole: ClassVar[bool] = False
    # What is learned and measured follows from the head and from how the field measures boxes.
    losses: ClassVar[tuple[str, ...]] = ()
    metrics: ClassVar[tuple[str, ...]] = ()
    default_monitor = "val_map"

    def check_output(self, shape: Shape, num_classes: int | None) -> LayerProblem | None:
        """Tell whether the output has a row a place, with a box and a number for each class."""
        if len(shape) != 2:
            hint = "end with a detection head"
            return wrong_form(shape, "detection needs a row for every place where a box may be", hint)
        numbers = shape[-1]
        if numbers is None or num_classes is None or numbers >= BOX + num_classes:
            return None
        message = f"the output has {numbers} numbers a place, and a box and {num_classes} classes need more"
        return LayerProblem(message, "give the head the data's number of classes", code="head")

    def check_training(self, architecture: Architecture) -> list[Diagnostic]:
        """Tell what of the training section doesn't fit the task, the network or the data."""
        return [
            *check_heads(architecture),
            *check_tiles(self, architecture),
            *check_training(self, architecture),
        ]

    def default_columns(self, architecture: Architecture) -> tuple[str, ...]:  # noqa: ARG002  # the face's
        """Give nothing: while it trains a network is told the loss alone."""
        return ()

    def validation_columns(self, architecture: Architecture) -> tuple[str, ...]:  # noqa: ARG002  # the face's
        """Give the mean average precisions that are measured after every epoch."""
        return ("map", "map_50")

    def loss(self, architecture: Architecture, output: str | None = None) -> keras.losses.Loss:
        """Give the loss of one output's head."""
        from cnnkeras.tasks.detection.losses import detection_loss

        return detection_loss(architecture, output or architecture.outputs[0])

    def metric_objects(self, architecture: Architecture) -> list[keras.metrics.Metric]:  # noqa: ARG002  # the face's
        """Give none: how good boxes are can't be told batch by batch."""
        return []

    def callbacks(self, architecture: Architecture, data: Data) -> list[keras.callbacks.Callback]:
        """Give what measures the validation part after every epoch."""
        from cnnkeras.tasks.detection.validation import Validation

        return [Validation(architecture, data)]

    def evaluate(
        self,
        model: keras.Model,
        batches: Any,
        class_names: tuple[str, ...],
        architecture: Architecture,
        part: Part | None = None,
    ) -> Evaluation:
        """Measure the loss and the boxes of every picture, in its own pixels. Raises ValueError without a part."""
        from cnnkeras.tasks.detection.evaluation import evaluate

        if part is None:
            raise ValueError("the pictures' own sizes are not in the batches: give the part")
        return evaluate(self, model, batches, class_names, architecture, part)

    def answer(
        self, outputs: Any, class_names: tuple[str, ...], architecture: Architecture, sizes: Any
    ) -> dict[str, Any]:
        """Give the `boxes` in the pictures' own pixels, their `scores`, `classes` and `labels`, and how many, `count`.

        There are `max_detections` rows for every picture, those with the highest scores first; behind `count` they
        are 0, in `classes` -1 and in `labels` empty.
        """
        import tensorflow as tf

        from cnnkeras.tasks.detection.suppression import detect

        found = detect(outputs, architecture, architecture.prediction, sizes)
        names = tf.constant(["", *class_names])
        return {
            "boxes": found.boxes,
            "scores": found.scores,
            "classes": found.classes,
            "labels": tf.gather(names, found.classes + 1),
            "count": found.count,
        }
