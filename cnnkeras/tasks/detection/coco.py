"""Average precision as COCO measures it, by its own program (pycocotools)."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from cnnkeras.tasks.detection.picture import PictureBoxes, areas

# What COCO calls the ranges of areas; it divides them at 32² and 96² square pixels.
SIZES = ("small", "medium", "large")
# So many boxes of a class in a picture are counted, as COCO does: the ones with the highest scores.
COUNTED = 100


@dataclass(frozen=True)
class AveragePrecisions:
    """The area under precision over recall, the mean of 101 recalls, for every threshold, class and size of object.

    `values` is `(thresholds, classes, sizes)`: intersection over union of 0.50, 0.55, … 0.95; all objects, then small,
    medium and large ones. NaN stands where there is no such object.
    """

    values: np.ndarray

    def metrics(self) -> dict[str, float]:
        """Give COCO's figures, each the mean of the classes that have objects; of sizes that there are."""
        figures = {"map": self.values[:, :, 0], "map_50": self.values[0, :, 0], "map_75": self.values[5, :, 0]}
        figures |= {f"map_{size}": self.values[:, :, index] for index, size in enumerate(SIZES, 1)}
        known = {name: values[~np.isnan(values)] for name, values in figures.items()}
        # Without an object there is nothing to find, and whatever is found is wrong.
        always = ("map", "map_50", "map_75")
        return {
            name: float(values.mean()) if values.size else 0.0
            for name, values in known.items()
            if values.size or name in always
        }

    def of_classes(self) -> dict[str, np.ndarray]:
        """Give the figures of each class, NaN for those without objects."""
        return {
            "map": self.values[:, :, 0].mean(axis=0),
            "map_50": self.values[0, :, 0],
            "map_75": self.values[5, :, 0],
        }


def average_precisions(truth: Sequence[PictureBoxes], found: Sequence[PictureBoxes], classes: int) -> AveragePrecisions:
    """Measure what was found in each picture against what is there; class 0 is one like any other.

    Pictures without a true box count: what is found in them is wrong. Where a picture has more than COUNTED true
    boxes, as many of those found are counted as there are at most.
    """
    if not sum(len(each) for each in truth):
        return AveragePrecisions(np.full((10, classes, 4), np.nan))
    # pycocotools reports on standard output, which is the user's.
    with contextlib.redirect_stdout(io.StringIO()):
        evaluation = COCOeval(_annotations(truth, classes), _annotations(found, classes), "bbox")
        evaluation.params.maxDets = [max(COUNTED, *map(len, truth))]
        evaluation.evaluate()
        evaluation.accumulate()
    precision = evaluation.eval["precision"][..., -1]
    # Where there is nothing to find pycocotools has -1, at all recalls.
    return AveragePrecisions(np.where(precision < 0, np.nan, precision).mean(axis=1))


def _annotations(pictures: Sequence[PictureBoxes], classes: int) -> COCO:
    coco = COCO()
    coco.dataset = {
        "images": [
            {"id": number, "height": each.size[0], "width": each.size[1]} for number, each in enumerate(pictures)
        ],
        "categories": [{"id": number} for number in range(classes)],
        "annotations": list(_boxes(pictures)),
    }
    coco.createIndex()
    return coco


def _boxes(pictures: Sequence[PictureBoxes]) -> Iterator[dict[str, object]]:
    number = 0
    for picture, each in enumerate(pictures):
        # In double precision: COCO's program computes with it.
        boxes = each.boxes.astype(float)
        sizes = boxes[:, 2:] - boxes[:, :2]
        for box, size, area, kind, score, crowd in zip(
            boxes, sizes, areas(boxes), each.classes, each.scores, each.crowd, strict=True
        ):
            # From 1: pycocotools takes a match with annotation 0 for none.
            number += 1
            yield {
                "id": number,
                "image_id": picture,
                "category_id": int(kind),
                "bbox": [*box[:2].tolist(), *size.tolist()],
                "area": float(area),
                "iscrowd": int(crowd),
                "score": float(score),
            }
