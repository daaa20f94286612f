"""One class for every pixel."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from cnnkeras.analysis.walk import Walk, diagnose
from cnnkeras.layers.base import LayerProblem, Shape
from cnnkeras.spec.metrics import METRICS, AnyMetric
from cnnkeras.tasks.heads import check_units, head, wrong_form
from cnnkeras.tasks.labelled import LabelTask
from cnnkeras.tasks.task import Evaluation

if TYPE_CHECKING:
    import keras
    import numpy as np

    from cnnkeras.datasets.source import Part
    from cnnkeras.errors import Diagnostic
    from cnnkeras.spec.architecture import Architecture


class Segmentation(LabelTask):
    """Labels are masks of class numbers `(batch, height, width)`; the network gives a number a class for every pixel.

    Where the output is smaller than the mask, as after valid convolutions, it is held against the mask's centre.
    Void pixels count nowhere.
    """

    name: ClassVar[str] = "segmentation"
    label = "mask"
    sees_whole: ClassVar[bool] = False
    default_monitor = "val_mean_iou"

    def check_output(self, shape: Shape, num_classes: int | None) -> LayerProblem | None:
        """Tell whether the output is a map with a channel for each class."""
        if len(shape) != 3:
            hint = "end with a convolution, 1×1 with softmax, and leave Flatten and global pooling out"
            return wrong_form(shape, "segmentation needs a map with one channel a class", hint)
        return check_units(shape, num_classes, "filters")

    def check_training(self, architecture: Architecture) -> list[Diagnostic]:
        """Tell what doesn't fit, first of all an output that has not a pixel for each of the picture's."""
        return [*_coarse(architecture), *super().check_training(architecture)]

    def default_metrics(self, architecture: Architecture) -> tuple[AnyMetric, ...]:  # noqa: ARG002  # the face's
        """Give the share of right pixels, and intersection over union, the mean of the classes."""
        return tuple(METRICS[name].model_validate({"type": name}) for name in ("Accuracy", "MeanIoU"))

    def evaluate(
        self,
        model: keras.Model,
        batches: Any,
        class_names: tuple[str, ...],
        architecture: Architecture,
        part: Part | None = None,  # noqa: ARG002  # the batches have everything
    ) -> Evaluation:
        """Measure loss and metrics over every batch; intersection over union by class, over all pixels of the part.

        Of the tables `pictures` has a row a picture, and `objects`, for each picture and class, how many objects there
        are and how many were found.
        """
        import numpy as np

        from cnnkeras.model.tiling import for_whole_pictures
        from cnnkeras.tasks.instances import counts_table
        from cnnkeras.tasks.measurement import Measurement
        from cnnkeras.tasks.tables import confusion_matrix, segmentation_table, segmented_pictures

        measurement = Measurement(self, for_whole_pictures(model, architecture), architecture)
        confusion = np.zeros((len(class_names), len(class_names)), np.int64)
        masks, answers = [], []
        # One byte a pixel where that is enough: the whole part is kept.
        kept = np.uint8 if len(class_names) <= 256 else np.int32
        for truth, probabilities in measurement.over(batches):
            predicted = probabilities.argmax(axis=-1)
            confusion += confusion_matrix(truth, predicted, len(class_names))
            masks.append(truth.astype(kept))
            answers.append(predicted.astype(kept))
        truth, predictions = _together(masks), _together(answers)
        objects = counts_table(truth, predictions, class_names, architecture.prediction.smallest_object)
        table = segmentation_table(confusion, class_names)
        tables = {"pictures": segmented_pictures(truth, predictions), "objects": objects}
        return Evaluation(measurement.metrics(), table, truth, predictions, tables)

    def answer(
        self,
        outputs: Any,
        class_names: tuple[str, ...],
        architecture: Architecture,
        sizes: Any,  # noqa: ARG002  # the mask is of the network's size
    ) -> dict[str, Any]:
        """Give the `probabilities` of each class and the likeliest class, the `mask`, for every pixel.

        Pixels are answered by number, so the `class_names` stand beside them.
        """
        import tensorflow as tf

        probabilities = head(architecture).probabilities(tf.cast(outputs, tf.float32))
        names = tf.repeat(tf.constant(class_names)[tf.newaxis], tf.shape(probabilities)[0], axis=0)
        return {"probabilities": probabilities, "mask": tf.argmax(probabilities, axis=-1), "class_names": names}


def _coarse(architecture: Architecture) -> Iterator[Diagnostic]:
    """Find outputs that were made smaller, not cut: against a mask's middle they would be held at the wrong places."""
    walk = Walk(architecture)
    walk.run()
    for name in architecture.outputs:
        node = walk.nodes.get(name)
        field = None if node is None else node.receptive_field
        if node is None or field is None or all(stride in (0, 1) for stride in field.stride):
            continue
        message = (
            f"one output pixel stands for {'×'.join(map(str, field.stride))} of the picture's, and each needs its own"
        )
        hint = "bring the output to the picture's scale, with Conv2DTranspose or UpSampling2D"
        yield diagnose(architecture, node.node, LayerProblem(message, hint, code="head"))


def _together(batches: list[np.ndarray]) -> np.ndarray:
    """Put batches of masks into one array; of sizes that differ, into an array of masks."""
    import numpy as np

    if len({batch.shape[1:] for batch in batches}) == 1:
        return np.concatenate(batches)
    together = np.empty(sum(map(len, batches)), object)
    together[:] = [mask for batch in batches for mask in batch]
    return together
