"""What one looks at where a picture has one class: confusion, classes, answers, mistakes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from matplotlib.figure import Figure

from cnnkeras.inspection.figures.classes import classes
from cnnkeras.inspection.figures.confusion import confusion_matrix
from cnnkeras.inspection.figures.gallery import Exhibit, gallery
from cnnkeras.inspection.subject import Subject, drawn_by_lot, examples
from cnnkeras.inspection.titles import titled_by_lot
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks import tables
from cnnkeras.tasks.task import Evaluation

SHOWN, WORST, BEST = 32, 24, 16
LEGEND = "✓ is right. ✗ in a thick frame is a mistake: what the network says and how sure it is, and what it is."


def figures(subject: Subject) -> Iterator[tuple[str, Figure]]:
    """Give the figures of a classification, by their names."""
    evaluation, class_names = subject.evaluation, subject.data.class_names
    predicted = evaluation.predictions.argmax(axis=-1)
    counts = tables.confusion_matrix(evaluation.truth, predicted, len(class_names))
    yield "confusion_matrix", confusion_matrix(counts, class_names)
    yield "classes", classes(evaluation.table)
    by_lot, worst, best = drawn_by_lot(len(predicted), SHOWN), _worst(evaluation), _best(evaluation)
    # Read together: to reach them the part is read from its beginning.
    exhibits = _exhibits(subject, [*by_lot, *worst, *best])
    title = titled_by_lot(len(by_lot), len(predicted))
    yield "predictions", gallery(exhibits[: len(by_lot)], title, LEGEND)
    exhibits = exhibits[len(by_lot) :]
    yield "worst", gallery(exhibits[: len(worst)], _worst_title(evaluation, len(worst)), LEGEND)
    if len(best):
        title = "What it is surest of and right in, the surest of each class"
        yield "best", gallery(exhibits[len(worst) :], title, LEGEND)


def sample(
    pictures: Sequence[np.ndarray],
    truth: Sequence[np.ndarray],
    probabilities: np.ndarray,
    names: Sequence[str],
    _architecture: Architecture,
) -> Figure:
    """Draw the answers to the validation pictures that are followed through the training."""
    exhibits = [_exhibit(*answered, names) for answered in zip(pictures, truth, probabilities, strict=True)]
    return gallery(exhibits, "Validation pictures and what the network says", LEGEND)


def _exhibit(picture: np.ndarray, truth: np.ndarray, probabilities: np.ndarray, names: Sequence[str]) -> Exhibit:
    answer = int(probabilities.argmax())
    return Exhibit(picture, names[int(truth)], names[answer], float(probabilities[answer]), answer == int(truth))


def _exhibits(subject: Subject, indices: Sequence[int]) -> list[Exhibit]:
    predictions = subject.evaluation.predictions
    read = zip(examples(subject.test, indices), indices, strict=True)
    names = subject.data.class_names
    return [
        replace(_exhibit(*example, predictions[index], names), name=subject.test.name_of(index))
        for example, index in read
    ]


def _worst(evaluation: Evaluation) -> np.ndarray:
    """Give the mistakes that the network was surest of; without a mistake, what it was least sure of."""
    ranked = evaluation.tables["pictures"]
    wrong = ranked[~ranked["right"]]
    return (wrong if len(wrong) else ranked)["picture"].to_numpy()[:WORST]


def _best(evaluation: Evaluation) -> np.ndarray:
    """Give the right answers that the network was surest of, of each class the first before the second of any."""
    predicted, score = evaluation.predictions.argmax(axis=-1), evaluation.predictions.max(axis=-1)
    right = np.flatnonzero(predicted == evaluation.truth)
    order = right[np.argsort(-score[right], kind="stable")]
    turns: dict[int, int] = {}
    ranked = []
    for place, index in enumerate(order):
        number = int(predicted[index])
        turns[number] = turns.get(number, 0) + 1
        ranked.append((turns[number], place))
    return order[sorted(range(len(order)), key=ranked.__getitem__)[:BEST]]


def _worst_title(evaluation: Evaluation, shown: int) -> str:
    total, mistakes = len(evaluation.truth), int((~evaluation.tables["pictures"]["right"]).sum())
    if not mistakes:
        return f"No mistake in {total:,} test pictures: these it is least sure of"
    of = f"The {shown} surest of {mistakes:,} mistakes" if shown < mistakes else f"All {mistakes:,} mistakes"
    return f"{'The only mistake' if mistakes == 1 else of} in {total:,} test pictures, the surest first"
