"""The objects of masks as files: panoptic pictures, a table, and COCO's description of them.

An object's pixels have its colour in the panoptic picture, as COCO has them (https://cocodataset.org/#format-results):
`id = red + 256·green + 65,536·blue`. So blue is the class, the other two are the object's number within it, and
black is what belongs to no object.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from cnnkeras.serving.predictions import Known, Row
from cnnkeras.tasks.instances import Instance, find_objects, object_classes

TABLE, PANOPTIC = "objects.csv", "panoptic.json"
COLUMNS = ("file", "object", "class", "area", "left", "top", "right", "bottom", "x", "y", "score")


class Found(NamedTuple):
    """The objects of one picture, and where its panoptic picture is."""

    file: Path
    panoptic: Path
    instances: tuple[Instance, ...]


class ObjectWriter:
    """Collects the objects of masks, and writes them down."""

    def __init__(self, known: Known) -> None:
        self._names = known.class_names
        self._smallest = known.smallest_object
        self._found: list[Found] = []

    def write(self, file: Path, target: Path, mask: np.ndarray, scores: np.ndarray) -> Row:
        """Write the panoptic picture of a mask, of the size of its picture; give how many objects each class has.

        `scores` are the probabilities of the pixels' classes.
        """
        objects = find_objects(mask, self._names, scores, self._smallest)
        Image.fromarray(colours(objects.panoptic)).save(target)
        self._found.append(Found(file, target, objects.instances))
        counts = Counter(instance.class_number for instance in objects.instances)
        return {f"objects_{self._names[number]}": counts[number] for number in object_classes(self._names)}

    def finish(self, folder: Path) -> None:
        """Write what is about all pictures: a row an object, and COCO's description."""
        rows = [self._row(each.file, instance) for each in self._found for instance in each.instances]
        pd.DataFrame(rows, columns=list(COLUMNS)).to_csv(folder / TABLE, index=False)
        things = object_classes(self._names)
        content = {
            "annotations": [_annotation(number, each) for number, each in enumerate(self._found, 1)],
            "categories": [
                {"id": number, "name": name, "isthing": int(number in things)}
                for number, name in enumerate(self._names)
            ],
        }
        (folder / PANOPTIC).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")

    def _row(self, file: Path, instance: Instance) -> tuple[object, ...]:
        x, y = (round(value, 2) for value in instance.centroid)
        score = None if instance.score is None else round(instance.score, 4)
        name = self._names[instance.class_number]
        return (str(file), instance.number, name, instance.area, *instance.box, x, y, score)


def colours(panoptic: np.ndarray) -> np.ndarray:
    """Give a map of ids as uint8 `(height, width, 3)`."""
    return np.stack([panoptic >> shift & 255 for shift in (0, 8, 16)], axis=-1).astype(np.uint8)


def _annotation(number: int, found: Found) -> dict[str, object]:
    return {
        "image_id": number,
        "image": str(found.file),
        "file_name": found.panoptic.name,
        "segments_info": [_segment(instance) for instance in found.instances],
    }


def _segment(instance: Instance) -> dict[str, object]:
    left, top, right, bottom = instance.box
    box = [left, top, right - left, bottom - top]
    return {
        "id": instance.id,
        "category_id": instance.class_number,
        "area": instance.area,
        "bbox": box,
        "iscrowd": 0,
    }
