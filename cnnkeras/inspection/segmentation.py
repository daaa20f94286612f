"""What one looks at where every pixel has a class: masks, the worst of them, IoU by class, confusion by pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from cnnkeras.datasets.preparation import resize_masks, resize_to
from cnnkeras.inspection.figures.classes import OVERLAP, classes
from cnnkeras.inspection.figures.confusion import confusion_matrix
from cnnkeras.inspection.figures.counts import counts
from cnnkeras.inspection.figures.masks import Answered, masks
from cnnkeras.inspection.subject import Subject, drawn_by_lot, examples, in_the_middle
from cnnkeras.inspection.titles import titled_by_lot, titled_by_rank
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.data import VOID
from cnnkeras.tasks import tables
from cnnkeras.tasks.task import Evaluation

SHOWN, WORST, BEST = 12, 10, 6
LEGEND = (
    "IoU of a picture: of the pixels that a class has in either mask, the share that it has in both; the mean of the "
    "classes there.\nMistakes are orange, on the pale picture; white pixels count nowhere."
)


def figures(subject: Subject) -> Iterator[tuple[str, Figure]]:
    """Give the figures of a segmentation, by their names."""
    evaluation, class_names = subject.evaluation, subject.data.class_names
    yield "confusion_matrix", confusion_matrix(_confusion(evaluation, len(class_names)), class_names, "pixels")
    yield "classes", classes(evaluation.table, OVERLAP)
    total = len(evaluation.truth)
    counting = counts(evaluation.tables["objects"], class_names, total)
    if counting:
        yield "counts", counting
    ranked = evaluation.tables["pictures"]["picture"].to_numpy()
    by_lot, worst = drawn_by_lot(total, SHOWN), ranked[:WORST]
    # Where the worst are all there are, the best are among them.
    best = ranked[::-1][:BEST] if total > WORST else ranked[:0]
    # Read together: to reach them the part is read from its beginning.
    answered = _answered(subject, [*by_lot, *worst, *best])
    title = titled_by_lot(len(by_lot), total)
    yield "predictions", masks(answered[: len(by_lot)], class_names, title, LEGEND)
    answered = answered[len(by_lot) :]
    title = titled_by_rank(len(worst), total, "lowest", "IoU")
    yield "worst", masks(answered[: len(worst)], class_names, title, LEGEND)
    if len(best):
        title = titled_by_rank(len(best), total, "highest", "IoU")
        yield "best", masks(answered[len(worst) :], class_names, title, LEGEND)


def sample(
    pictures: Sequence[np.ndarray],
    truth: Sequence[np.ndarray],
    probabilities: np.ndarray,
    names: Sequence[str],
    architecture: Architecture,
) -> Figure:
    """Draw the answers to the validation pictures that are followed through the training."""
    answered = []
    for whole_picture, whole_mask, scores in zip(pictures, truth, probabilities, strict=True):
        answer = scores.argmax(axis=-1)
        picture, mask = (in_the_middle(whole, architecture) for whole in (whole_picture, whole_mask))
        label = mask if mask.ndim == 2 else mask[..., 0]
        resized = np.asarray(resize_masks(tf.constant(label[None]), architecture.input))[0]
        answered.append(_shown(picture, _centre(resized, answer), answer, architecture))
    return masks(answered, names, "Validation pictures and what the network says", LEGEND)


def _answered(subject: Subject, indices: Sequence[int]) -> list[Answered]:
    evaluation, read = subject.evaluation, examples(subject.test, indices)
    return [
        replace(
            _shown(picture, evaluation.truth[index], evaluation.predictions[index], subject.architecture),
            name=subject.test.name_of(index),
        )
        for index, (picture, _) in zip(indices, read, strict=True)
    ]


def _shown(picture: np.ndarray, truth: np.ndarray, answer: np.ndarray, architecture: Architecture) -> Answered:
    """Give what is drawn of an answer: of what stands around the picture in the network's input, nothing."""
    own = resize_masks(tf.zeros((1, *picture.shape[:2]), tf.uint8), architecture.input)[0]
    around = _centre(np.asarray(own), answer) == VOID
    seen = np.where(around[..., None], np.uint8(255), _seen(picture, answer, architecture))
    return Answered(seen, truth, np.where(around, VOID, answer))


def _seen(picture: np.ndarray, answer: np.ndarray, architecture: Architecture) -> np.ndarray:
    """Give the part of a picture, at the network's size, that the answer is about."""
    return _centre(np.asarray(resize_to(tf.constant(picture[None]), architecture.input))[0], answer)


def _centre(values: np.ndarray, answer: np.ndarray) -> np.ndarray:
    top, left = ((have - want) // 2 for have, want in zip(values.shape[:2], answer.shape, strict=True))
    return values[top : top + answer.shape[0], left : left + answer.shape[1]]


def _confusion(evaluation: Evaluation, count: int) -> np.ndarray:
    pairs = zip(evaluation.truth, evaluation.predictions, strict=True)
    return sum(
        (tables.confusion_matrix(truth, answer, count) for truth, answer in pairs), np.zeros((count, count), int)
    )
