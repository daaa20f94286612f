"""Which places of a detector speak for what it finds: the scores that they give.

Gradients of a sum of scores over thousands of places, by the maps of one level, show next to nothing: what a place
says is written in the answer itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.inspection.attention import Attention
from cnnkeras.inspection.subject import as_inputs
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.detection.decoding import decode
from cnnkeras.tasks.detection.places import Level, levels


def answering_places(model: keras.Model, architecture: Architecture, pictures: Sequence[np.ndarray]) -> Attention:
    """Look at pictures, uint8 `(height, width, channels)`: of the class that each speaks for most surely, every score.

    A pixel has the largest score of the places, one a level, that stand for it; the brightest of a picture has 1.
    """
    inputs = tf.constant(as_inputs(pictures, architecture))
    _, scores = decode(keras.tree.flatten(model(inputs, training=False))[0], architecture)
    classes = tf.argmax(tf.reduce_max(scores, axis=1), axis=-1)
    own = tf.reduce_sum(scores * tf.one_hot(classes, scores.shape[-1])[:, None], axis=-1)
    found = levels(architecture, architecture.outputs[0])
    maps = np.max([_over_picture(each, level, inputs.shape[1:3]) for each, level in _by_level(own, found)], axis=0)
    return Attention(maps / np.maximum(maps.max(axis=(1, 2), keepdims=True), 1e-12), classes.numpy(), "")


def _by_level(scores: tf.Tensor, found: list[Level]) -> list[tuple[tf.Tensor, Level]]:
    """Give the scores `(pictures, rows, columns)` of each level; of several boxes at a place, the surest one's."""
    cells = [level.rows * level.columns for level in found]
    boxes = scores.shape[1] // sum(cells)
    parts = tf.split(scores, [count * boxes for count in cells], axis=1)
    return [
        (tf.reduce_max(tf.reshape(part, (-1, level.rows, level.columns, boxes)), axis=-1), level)
        for part, level in zip(parts, found, strict=True)
    ]


def _over_picture(scores: tf.Tensor, level: Level, size: Sequence[int]) -> np.ndarray:
    """Spread them over the picture, which need not be a whole number of places."""
    whole = (round(level.rows * level.strides[0]), round(level.columns * level.strides[1]))
    spread: np.ndarray = tf.image.resize(scores[..., None], whole, "bilinear")[..., 0].numpy()
    return spread[:, : size[0], : size[1]]
