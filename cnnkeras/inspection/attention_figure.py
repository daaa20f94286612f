"""The figure of where the network looks, on some pictures of the test part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from matplotlib.figure import Figure

from cnnkeras.datasets.preparation import resize_to
from cnnkeras.inspection.answering_places import answering_places
from cnnkeras.inspection.attention import Attention, Explained, attention, of_every_pixel, of_one_class
from cnnkeras.inspection.figures.attention import Looked, looked_at
from cnnkeras.inspection.subject import Subject, drawn_by_lot, examples, in_the_middle
from cnnkeras.spec.architecture import Architecture

# How each task's answers are explained; those of a detector are so by themselves.
EXPLAINED = {
    "classification": Explained(of_one_class, deepest=False),
    "segmentation": Explained(of_every_pixel, deepest=True),
}
SHOWN, AMONG = 9, 64


def where_it_looks(subject: Subject) -> Figure | None:
    """Draw where the network looks in some pictures, mistakes first where they are known; None without maps."""
    indices = _chosen(subject)
    pictures = [picture for picture, _ in examples(subject.test, indices)]
    names = subject.data.class_names
    found = _found(subject, pictures)
    if found is None:
        return None
    looked = [
        Looked(
            _seen(picture, subject.architecture),
            seen,
            f"speaks for {names[int(number)]}{_truth(subject, index, int(number))}",
        )
        for picture, seen, number, index in zip(pictures, found.maps, found.classes, indices, strict=True)
    ]
    by = f"the maps of {found.layer} (Grad-CAM)" if found.layer else "the scores of its places, all levels together"
    subtitle = (
        f"Bright is what speaks for the answer, by {by}.\n"
        "Does it look at the thing itself, or at what happens to be beside it?"
    )
    return looked_at(looked, "Where the network looks", subtitle)


def _found(subject: Subject, pictures: Sequence[np.ndarray]) -> Attention | None:
    """Look at pictures as the task's answers are explained."""
    if subject.task.name == "detection":
        return answering_places(subject.model, subject.architecture, pictures)
    explained = EXPLAINED[subject.task.name]
    return attention(subject.model, subject.architecture, explained, pictures, subject.data.class_names)


def _chosen(subject: Subject) -> Sequence[int]:
    """Give some pictures: of classes a third are mistakes, the others are drawn by lot."""
    size = min(subject.test.size, AMONG)
    by_lot = [int(index) for index in drawn_by_lot(size, SHOWN)]
    mistakes = [int(index) for index in _mistakes(subject)[: SHOWN // 3]]
    return [*mistakes, *(index for index in by_lot if index not in mistakes)][:SHOWN]


def _mistakes(subject: Subject) -> np.ndarray:
    """Give the mistakes that a classification was surest of."""
    evaluation = subject.evaluation
    if subject.task.name != "classification":
        return np.zeros(0, np.int64)
    wrong = np.flatnonzero(evaluation.predictions.argmax(axis=-1) != evaluation.truth)
    return wrong[np.argsort(-evaluation.predictions[wrong].max(axis=-1), kind="stable")]


def _truth(subject: Subject, index: int, said: int) -> str:
    """Say what a picture is where its class is another."""
    if subject.task.name != "classification" or int(subject.evaluation.truth[index]) == said:
        return ""
    return f", is {subject.data.class_names[int(subject.evaluation.truth[index])]}"


def _seen(picture: np.ndarray, architecture: Architecture) -> np.ndarray:
    """Give a picture at the network's size, as the data has its values."""
    section = architecture.input
    resized: np.ndarray = np.asarray(resize_to(tf.constant(in_the_middle(picture, architecture)[None]), section))[0]
    return resized
