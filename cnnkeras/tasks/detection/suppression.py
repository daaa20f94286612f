"""From a network's numbers to the boxes that are answered, in operations that a stock TF Serving has."""

from __future__ import annotations

from typing import Any, NamedTuple

import tensorflow as tf

from cnnkeras.datasets.places import boxes_to_picture
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.prediction import PredictionSection
from cnnkeras.tasks.detection.decoding import decode

# So many of the highest scores of a picture are looked at: a crowd of some hundred objects, each found at a dozen
# places, and a bound on the time that an untrained network's thousands of equal scores take.
CANDIDATES = 4096


class Found(NamedTuple):
    """The boxes of a batch of pictures, in rows of a fixed number, the highest scores first.

    `boxes` float32 `(batch, rows, 4)` are left, top, right, bottom; `scores` float32 and `classes` int64
    `(batch, rows)`; `count` int32 `(batch,)` says how many rows are boxes. The others are 0, their class is -1.
    """

    boxes: tf.Tensor
    scores: tf.Tensor
    classes: tf.Tensor
    count: tf.Tensor


def detect(outputs: tf.Tensor, architecture: Architecture, section: PredictionSection, sizes: tf.Tensor) -> Found:
    """Give the boxes of a network's main output `(batch, places, numbers)`, in pixels of the pictures themselves.

    `sizes` `(batch, 2)` are their heights and widths. What lies outside a picture, as in what letterboxing adds, is no
    box in it.
    """
    boxes, scores = decode(tf.cast(outputs, tf.float32), architecture)
    boxes = boxes_to_picture(boxes, sizes, architecture.input)
    is_inside = tf.reduce_all(boxes[..., 2:] > boxes[..., :2], axis=-1, keepdims=True)
    return suppress(boxes, tf.where(is_inside, scores, -1.0), section)


def suppress(boxes: tf.Tensor, scores: tf.Tensor, section: PredictionSection) -> Found:
    """Keep of boxes `(batch, places, 4)` with scores `(batch, places, classes)` one for each object.

    Greedy non-maximum suppression class by class. A place may answer with several classes: the evaluation counts
    them, and what is evaluated is what is served.
    """
    rows = section.max_detections
    specs = Found(
        tf.TensorSpec((rows, 4), tf.float32),
        tf.TensorSpec((rows,), tf.float32),
        tf.TensorSpec((rows,), tf.int64),
        tf.TensorSpec((), tf.int32),
    )
    found: Found = tf.map_fn(
        lambda picture: _suppress_one(picture[0], picture[1], section), (boxes, scores), fn_output_signature=specs
    )
    return found


def _suppress_one(boxes: tf.Tensor, scores: tf.Tensor, section: PredictionSection) -> Found:
    """Do it for one picture: boxes `(places, 4)`, scores `(places, classes)`."""
    classes = tf.shape(scores)[-1]
    flat = tf.reshape(scores, [-1])
    best, order = tf.math.top_k(flat, tf.minimum(tf.size(flat), CANDIDATES))
    chosen, numbers = tf.gather(boxes, order // classes), order % classes
    kept, count = tf.image.non_max_suppression_padded(
        _apart(chosen, numbers),
        best,
        section.max_detections,
        section.iou_threshold,
        section.score_threshold,
        pad_to_max_output_size=True,
    )
    real = tf.range(section.max_detections) < count
    return Found(
        tf.where(real[:, tf.newaxis], tf.gather(chosen, kept), 0.0),
        tf.where(real, tf.gather(best, kept), 0.0),
        tf.where(real, tf.cast(tf.gather(numbers, kept), tf.int64), -1),
        count,
    )


def _apart(boxes: tf.Tensor, numbers: tf.Tensor) -> tf.Tensor:
    """Move the boxes of each class to a place of their own, where no box of another class overlaps them."""
    extent = tf.reduce_max(boxes) - tf.reduce_min(boxes) + 1.0
    shifted: Any = boxes + (tf.cast(numbers, tf.float32) * extent)[:, tf.newaxis]
    return shifted
