"""Tables of how well classes are told apart, and of what is said of each picture. Imports pandas."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cnnkeras.spec.data import VOID


def confusion_matrix(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Count `(true class, predicted class)`; true classes out of range, as void pixels have, count nowhere."""
    truth, predicted = truth.reshape(-1).astype(np.int64), predicted.reshape(-1).astype(np.int64)
    counted = (truth >= 0) & (truth < classes)
    pairs = truth[counted] * classes + predicted[counted]
    return np.bincount(pairs, minlength=classes * classes).reshape(classes, classes)


def classification_table(confusion: np.ndarray, class_names: tuple[str, ...]) -> pd.DataFrame:
    """Give a row a class: precision, recall, f1, how many there are, and what it is taken for most often.

    A figure that has nothing to be measured on, as the recall of a class without pictures, is NaN.
    """
    right = np.diag(confusion).astype(float)
    support, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    wrong = confusion - np.diag(np.diag(confusion))
    rival, times = wrong.argmax(axis=1), wrong.max(axis=1)
    return pd.DataFrame(
        {
            "class": class_names,
            "precision": ratio(right, predicted),
            "recall": ratio(right, support),
            "f1": ratio(2 * right, support + predicted),
            "support": support,
            "most_confused_with": [
                class_names[other] if count else "" for other, count in zip(rival, times, strict=True)
            ],
            "times": times,
        }
    )


def segmentation_table(confusion: np.ndarray, class_names: tuple[str, ...]) -> pd.DataFrame:
    """Give a row a class: intersection over union, Dice, precision, recall, and how many pixels there are."""
    right = np.diag(confusion).astype(float)
    support, predicted = confusion.sum(axis=1), confusion.sum(axis=0)
    return pd.DataFrame(
        {
            "class": class_names,
            "iou": ratio(right, support + predicted - right),
            "dice": ratio(2 * right, support + predicted),
            "precision": ratio(right, predicted),
            "recall": ratio(right, support),
            "support": support,
        }
    )


def classified_pictures(truth: np.ndarray, predictions: np.ndarray, class_names: tuple[str, ...]) -> pd.DataFrame:
    """Give a row a picture: its class, the one that is said, their probabilities, and whether they are the same.

    The mistakes come first, the surest of them before the others; then what is right, the least sure before the others.
    """
    said, each = predictions.argmax(axis=-1), np.arange(len(truth))
    score, right, names = predictions[each, said], said == truth, np.array(class_names, object)
    table = pd.DataFrame(
        {
            "picture": each,
            "class": names[truth],
            "predicted": names[said],
            "score": score,
            "score_of_class": predictions[each, truth],
            "right": right,
        }
    )
    return table.iloc[np.lexsort((np.where(right, score, -score), right))]


def segmented_pictures(truth: Iterable[np.ndarray], predictions: Iterable[np.ndarray]) -> pd.DataFrame:
    """Give a row a picture: its intersection over union, its pixels that have a class, and those taken for another.

    The lowest intersection over union comes first.
    """
    counted = (_among_known(true, said) for true, said in zip(truth, predictions, strict=True))
    rows = [
        (picture, _mean_iou(counts), counts.sum(), counts.sum() - np.trace(counts))
        for picture, counts in enumerate(counted)
    ]
    return pd.DataFrame(rows, columns=["picture", "iou", "pixels", "wrong_pixels"]).sort_values("iou", kind="stable")


def mean_iou(truth: np.ndarray, predicted: np.ndarray) -> float:
    """Give the mean over the classes that are in one mask or in the other; 1 where there is nothing to know."""
    return _mean_iou(_among_known(truth, predicted))


def _among_known(truth: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """Count `(true class, predicted class)` of the pixels that have a class, up to the last that is there."""
    known = truth != VOID
    truth, predicted = truth[known], predicted[known]
    return confusion_matrix(truth, predicted, int(max(truth.max(initial=0), predicted.max(initial=0))) + 1)


def _mean_iou(counts: np.ndarray) -> float:
    right = np.diag(counts)
    shares = ratio(right, counts.sum(axis=0) + counts.sum(axis=1) - right)
    return float(np.nanmean(shares)) if counts.any() else 1.0


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide number by number; NaN where nothing is there to divide by."""
    quotients = np.full(len(part), np.nan)
    np.divide(part, whole, out=quotients, where=whole > 0)
    return quotients
