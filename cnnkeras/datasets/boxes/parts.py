"""From pictures with boxes to the parts of the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnkeras.datasets.boxes.annotations import Annotated
from cnnkeras.datasets.boxes.checking import Boxed, check_boxes
from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.holding import HeldOut
from cnnkeras.datasets.pictures.parts import Labelling, file_names, split_data
from cnnkeras.datasets.source import Data

if TYPE_CHECKING:
    import tensorflow as tf


def boxed_data(
    found: Mapping[str, Sequence[Annotated]],
    class_names: Sequence[str],
    box_format: str,
    held: HeldOut,
    seed: int,
    folder: Path,
    findings: Findings,
) -> Data:
    """Look at pictures and boxes, and give the parts; what they lack is held out of train.

    Raises SourceProblem for everything that the file does not let pass.
    """
    flat = list({picture.name: picture for pictures in found.values() for picture in pictures}.values())
    total = len({problem.name for problem in findings.problems}) + len(flat)
    kept = {picture.name: picture for picture in check_boxes(flat, class_names, box_format, findings)}
    given = {part: [kept[each.name] for each in pictures if each.name in kept] for part, pictures in found.items()}
    return split_data(given, held, seed, folder, class_names, findings, total, BOXES)


def _given(pictures: Sequence[Boxed]) -> tf.data.Dataset:
    import numpy as np
    import tensorflow as tf

    # Where all that was wrong is left out, a part may have nothing left; what is empty leads the list for its form.
    empty = {"boxes": np.zeros((0, 4), np.float32), "classes": np.zeros(0, np.int64), "crowd": np.zeros(0, np.int64)}
    arrays = [
        tf.constant(np.concatenate([none, *(getattr(picture, name) for picture in pictures)]))
        for name, none in empty.items()
    ]
    ends = np.cumsum([len(picture.classes) for picture in pictures], dtype=np.int64)
    starts = ends - [len(picture.classes) for picture in pictures]

    def cut(name: tf.Tensor, start: tf.Tensor, end: tf.Tensor) -> dict[str, tf.Tensor]:
        boxes, classes, crowd = (array[start:end] for array in arrays)
        return {"boxes": tf.ensure_shape(boxes, (None, 4)), "classes": classes, "crowd": crowd, "file": name}

    return tf.data.Dataset.from_tensor_slices((file_names(pictures), starts.astype(np.int64), ends)).map(cut)


BOXES = Labelling(lambda picture: picture.classes.tolist(), _given, lambda _, boxes: boxes)
