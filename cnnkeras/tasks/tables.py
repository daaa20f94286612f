"""Tables of how well the classes are told apart. Imports pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd


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


def ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide number by number; NaN where nothing is there to divide by."""
    quotients = np.full(len(part), np.nan)
    np.divide(part, whole, out=quotients, where=whole > 0)
    return quotients
