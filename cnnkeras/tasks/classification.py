"""One class for the whole picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from cnnkeras.layers.base import LayerProblem, Shape
from cnnkeras.spec.metrics import METRICS, AnyMetric
from cnnkeras.tasks.heads import check_units, head, wrong_form
from cnnkeras.tasks.labelled import LabelTask
from cnnkeras.tasks.task import Evaluation

if TYPE_CHECKING:
    import keras

    from cnnkeras.datasets.source import Part
    from cnnkeras.spec.architecture import Architecture

# With fewer classes, the right one is among the five likeliest too often to tell anything.
CLASSES_FOR_TOP_FIVE = 20


class Classification(LabelTask):
    """Labels are class numbers `(batch,)`; the network gives a vector of one number a class."""

    name: ClassVar[str] = "classification"
    label = "class"
    sees_whole: ClassVar[bool] = True
    default_monitor = "val_accuracy"

    def check_output(self, shape: Shape, num_classes: int | None) -> LayerProblem | None:
        """Tell whether the output is a vector with a number for each class."""
        if len(shape) != 1:
            hint = "end with GlobalAveragePooling2D or Flatten, and a Dense layer with softmax"
            return wrong_form(shape, "classification needs a vector with one number a class", hint)
        return check_units(shape, num_classes, "units")

    def default_metrics(self, architecture: Architecture) -> tuple[AnyMetric, ...]:
        """Give accuracy, and with many classes whether the right one is among the five likeliest."""
        many = head(architecture).classes >= CLASSES_FOR_TOP_FIVE
        names = ("Accuracy", "TopKCategoricalAccuracy") if many else ("Accuracy",)
        return tuple(METRICS[name].model_validate({"type": name}) for name in names)

    def evaluate(
        self,
        model: keras.Model,
        batches: Any,
        class_names: tuple[str, ...],
        architecture: Architecture,
        part: Part | None = None,  # noqa: ARG002  # the batches have everything
    ) -> Evaluation:
        """Measure loss and metrics over every batch; tell the classes apart in a table, and the pictures in another."""
        import numpy as np

        from cnnkeras.tasks.measurement import Measurement
        from cnnkeras.tasks.tables import classification_table, classified_pictures, confusion_matrix

        measurement = Measurement(self, model, architecture)
        labels, probabilities = [], []
        for truth, answers in measurement.over(batches):
            labels.append(truth)
            probabilities.append(answers)
        truth, predictions = np.concatenate(labels), np.concatenate(probabilities)
        confusion = confusion_matrix(truth, predictions.argmax(axis=-1), len(class_names))
        table = classification_table(confusion, class_names)
        tables = {"pictures": classified_pictures(truth, predictions, class_names)}
        return Evaluation(measurement.metrics(), table, truth, predictions, tables)

    def answer(
        self,
        outputs: Any,
        class_names: tuple[str, ...],
        architecture: Architecture,
        sizes: Any,  # noqa: ARG002  # a picture of any size is of one class
    ) -> dict[str, Any]:
        """Give `probabilities` of each class, the likeliest `class`, its `label` and its `score`."""
        import tensorflow as tf

        probabilities = head(architecture).probabilities(tf.cast(outputs, tf.float32))
        likeliest = tf.argmax(probabilities, axis=-1)
        return {
            "probabilities": probabilities,
            "class": likeliest,
            "label": tf.gather(tf.constant(class_names), likeliest),
            "score": tf.reduce_max(probabilities, axis=-1),
        }
