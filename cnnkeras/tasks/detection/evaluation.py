"""What a detector does on a part of the data: every true box and every box found, and what follows from them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.datasets.reading import reading
from cnnkeras.datasets.source import Part
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.prediction import PredictionSection
from cnnkeras.tasks.detection.coco import average_precisions
from cnnkeras.tasks.detection.picture import PictureBoxes
from cnnkeras.tasks.detection.suppression import Found, detect
from cnnkeras.tasks.detection.tables import detected_pictures, detection_table, overall
from cnnkeras.tasks.digits import shortest
from cnnkeras.tasks.measurement import Measurement
from cnnkeras.tasks.task import Evaluation, TrainableTask

# The average precision follows a detector down to the boxes that it hardly believes in.
LEAST_SCORE = 0.001

_TRUTH: WeakKeyDictionary[Part, list[PictureBoxes]] = WeakKeyDictionary()


def evaluate(
    task: TrainableTask,
    model: keras.Model,
    batches: Any,
    class_names: Sequence[str],
    architecture: Architecture,
    part: Part,
) -> Evaluation:
    """Measure the loss, the average precisions, and precision and recall at the file's score threshold."""
    truth = true_boxes(part)
    measurement = Measurement(task, model, architecture, lambda _, outputs: (tf.cast(outputs, tf.float32),))
    found = found_boxes((outputs for (outputs,) in measurement.over(batches)), truth, architecture)
    precisions = average_precisions(truth, found, len(class_names))
    table = detection_table(truth, found, precisions, class_names, architecture.prediction.score_threshold)
    averages = {**precisions.metrics(), **overall(table)}
    metrics = {**measurement.metrics(), **{name: shortest(value) for name, value in averages.items()}}
    tables = {"pictures": detected_pictures(truth, found, architecture.prediction.score_threshold)}
    return Evaluation(metrics, table, together(truth), together(found), tables)


def found_boxes(
    batches: Iterable[Any], truth: Sequence[PictureBoxes], architecture: Architecture
) -> list[PictureBoxes]:
    """Find the boxes in each batch of the main output, hardly believed ones too; `truth` tells the pictures' sizes."""
    find = _finder(architecture)
    pictures: list[PictureBoxes] = []
    for outputs in batches:
        sizes = [each.size for each in truth[len(pictures) : len(pictures) + len(outputs)]]
        found = find(tf.convert_to_tensor(outputs), tf.constant(sizes, tf.int32))
        pictures += boxes_of(found, sizes)
    return pictures


@lru_cache(maxsize=4)
def _finder(architecture: Architecture) -> Any:
    """Give what finds boxes, as one graph. It is kept: every epoch's validation asks again."""
    section = measured(architecture.prediction)

    def find(outputs: tf.Tensor, sizes: tf.Tensor) -> Found:
        return detect(outputs, architecture, section, sizes)

    return tf.function(find, autograph=False, reduce_retracing=True)


def boxes_of(found: Found, sizes: Sequence[tuple[int, int]]) -> list[PictureBoxes]:
    """Give the boxes of each picture of a batch, without the rows that are none."""
    rows = zip(sizes, *(value.numpy() for value in found), strict=True)
    return [
        PictureBoxes(size, boxes[:count], classes[:count], scores[:count])
        for size, boxes, scores, classes, count in rows
    ]


def measured(section: PredictionSection) -> PredictionSection:
    """Give the section with the threshold of the measurement, if that is lower."""
    return section.model_copy(update={"score_threshold": min(section.score_threshold, LEAST_SCORE)})


def true_boxes(part: Part) -> list[PictureBoxes]:
    """Give the boxes of a part's pictures as the data has them. They are read once."""
    if part not in _TRUTH:
        with reading(part):
            _TRUTH[part] = [_truth(*map(np.asarray, example)) for example in part.examples().map(_bare)]
    return _TRUTH[part]


def _bare(example: dict[str, tf.Tensor]) -> tuple[tf.Tensor, ...]:
    classes = example["classes"]
    crowd = example.get("crowd", tf.zeros_like(classes))
    return tf.shape(example["image"])[:2], example["boxes"], classes, tf.cast(crowd, tf.bool)


def _truth(size: np.ndarray, boxes: np.ndarray, classes: np.ndarray, crowd: np.ndarray) -> PictureBoxes:
    return PictureBoxes((int(size[0]), int(size[1])), boxes, classes, crowd=crowd)


def together(pictures: Sequence[PictureBoxes]) -> np.ndarray:
    """Put them into an array of objects, as an Evaluation has them."""
    array = np.empty(len(pictures), object)
    array[:] = pictures
    return array
