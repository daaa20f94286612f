"""What one looks at where objects have boxes: the worst pictures, curves, confusion with the background."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from cnnkeras.inspection.figures.boxes import Answered, boxes
from cnnkeras.inspection.figures.classes import Measure, classes
from cnnkeras.inspection.figures.confusion import confusion_matrix
from cnnkeras.inspection.figures.precision import confidence, precision_recall
from cnnkeras.inspection.subject import Subject, drawn_by_lot, examples
from cnnkeras.inspection.titles import titled_by_lot, titled_by_rank
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.detection import matching
from cnnkeras.tasks.detection.evaluation import boxes_of
from cnnkeras.tasks.detection.picture import PictureBoxes
from cnnkeras.tasks.detection.suppression import detect

SHOWN, WORST = 12, 10
BACKGROUND = "background"
LEGEND = (
    "On the left, blue was found, orange and dashed was missed; on the right, with scores, blue is right, orange and "
    "dashed is wrong.\nRight is a box that overlaps a true one of its class by half (IoU 0.5)."
)
AVERAGE = Measure(
    "map_50",
    "AP50",
    "\nAP50: precision, the mean over all recalls; precision and recall are of the boxes above score_threshold.",
)


def figures(subject: Subject) -> Iterator[tuple[str, Figure]]:
    """Give the figures of a detection, by their names."""
    evaluation, names = subject.evaluation, subject.data.class_names
    threshold = subject.architecture.prediction.score_threshold
    truth, found = list(evaluation.truth), list(evaluation.predictions)
    counts = matching.confusion_matrix(truth, found, len(names), threshold)
    yield "confusion_matrix", confusion_matrix(counts, [*names, BACKGROUND], "boxes")
    yield "classes", classes(evaluation.table, AVERAGE)
    ranked = matching.rankings(truth, found, len(names))
    yield "precision_recall", precision_recall(ranked, names)
    yield "confidence", confidence(ranked, names, threshold)
    yield from _pictures(subject)


def sample(
    pictures: Sequence[np.ndarray],
    truth: Sequence[np.ndarray],
    answers: tf.Tensor,
    names: Sequence[str],
    architecture: Architecture,
) -> Figure:
    """Draw the answers to the validation pictures that are followed through the training."""
    sizes = [picture.shape[:2] for picture in pictures]
    found = boxes_of(detect(answers, architecture, architecture.prediction, tf.constant(sizes, tf.int32)), sizes)
    answered = [
        Answered(picture, PictureBoxes(size, rows[:, :4], rows[:, 4].astype(np.int64)), each)
        for picture, size, rows, each in zip(pictures, sizes, truth, found, strict=True)
    ]
    return boxes(answered, names, "Validation pictures and what the network says", LEGEND)


def read(outputs: Any, _architecture: Architecture) -> tf.Tensor:
    """Give what the boxes are found in when they are drawn."""
    return tf.cast(outputs, tf.float32)


def _pictures(subject: Subject) -> Iterator[tuple[str, Figure]]:
    evaluation, total = subject.evaluation, len(subject.evaluation.truth)
    by_lot, ranked = drawn_by_lot(total, SHOWN), evaluation.tables["pictures"]["picture"].to_numpy()
    worst, best = ranked[:WORST], ranked[::-1][:WORST]
    # Read together: to reach them the part is read from its beginning.
    read = examples(subject.test, [*by_lot, *worst, *best], "boxes")
    answered = [
        _answered(picture, subject, index) for (picture, _), index in zip(read, [*by_lot, *worst, *best], strict=True)
    ]
    titles = {
        "predictions": titled_by_lot(len(by_lot), total),
        "worst": titled_by_rank(len(worst), total, "lowest", "F1"),
        "best": f"The {len(best)} of {total:,} test pictures with the highest F1 and the most boxes",
    }
    for (name, title), count in zip(titles.items(), (len(by_lot), len(worst), len(best)), strict=True):
        shown, answered = answered[:count], answered[count:]
        yield name, boxes(shown, subject.data.class_names, title, LEGEND)


def _answered(picture: np.ndarray, subject: Subject, index: int) -> Answered:
    found: PictureBoxes = subject.evaluation.predictions[index]
    above = found.where(found.scores > subject.architecture.prediction.score_threshold)
    return Answered(picture, subject.evaluation.truth[index], above, subject.test.name_of(index))
