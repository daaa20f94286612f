"""The tables of how well each class is found, and of what is found in each picture. Imports pandas."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cnnkeras.tasks.detection.coco import AveragePrecisions
from cnnkeras.tasks.detection.matching import match, rankings
from cnnkeras.tasks.detection.picture import PictureBoxes
from cnnkeras.tasks.tables import ratio


def detection_table(
    truth: Sequence[PictureBoxes],
    found: Sequence[PictureBoxes],
    precisions: AveragePrecisions,
    class_names: Sequence[str],
    threshold: float,
) -> pd.DataFrame:
    """Give a row a class: average precisions, precision, recall and f1 of what is above the threshold, and counts.

    `support` is how many there are, `found` how many were found, `right` how many of those are so. A figure that has
    nothing to be measured on is NaN.
    """
    ranked = rankings(truth, found, len(class_names))
    counts = np.array([each.down_to(threshold) for each in ranked], np.int64).reshape(-1, 2)
    said, right = counts[:, 0], counts[:, 1]
    support = np.array([each.support for each in ranked], np.int64)
    return pd.DataFrame(
        {
            "class": list(class_names),
            **precisions.of_classes(),
            "precision": ratio(right, said),
            "recall": ratio(right, support),
            "f1": ratio(2 * right, said + support),
            "support": support,
            "found": said,
            "right": right,
        }
    )


def detected_pictures(truth: Sequence[PictureBoxes], found: Sequence[PictureBoxes], threshold: float) -> pd.DataFrame:
    """Give a row a picture: its objects, how many were found above the threshold, how many wrongly, and its f1.

    The lowest f1 comes first; of equal ones those that are worth more a look: among the worst more mistakes tell more,
    among the best more objects.
    """
    matched = [match(true, each.where(each.scores > threshold)) for true, each in zip(truth, found, strict=True)]
    table = pd.DataFrame(
        {
            "picture": range(len(matched)),
            "objects": [each.right + int(each.missed.sum()) for each in matched],
            "found": [each.right for each in matched],
            "wrong": [each.wrong for each in matched],
            "f1": [each.f1 for each in matched],
        }
    )
    mistakes = [each.mistakes for each in matched]
    return table.iloc[np.lexsort((table["objects"], np.negative(mistakes), table["f1"]))]


def overall(table: pd.DataFrame) -> dict[str, float]:
    """Give precision and recall over the boxes of all classes; 0 where nothing was found, or there is nothing."""
    said, right, support = (int(table[name].sum()) for name in ("found", "right", "support"))
    return {"precision": right / max(said, 1), "recall": right / max(support, 1)}
