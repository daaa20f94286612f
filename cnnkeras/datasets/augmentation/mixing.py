"""What puts several pictures into one: MixUp, CutMix, Mosaic."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from cnnkeras.datasets.augmentation.draws import Draws
from cnnkeras.datasets.augmentation.matrices import Size, matrix
from cnnkeras.datasets.labels import NO_BOX, Batch
from cnnkeras.spec.data import VOID
from cnnkeras.spec.label import Label


def mix_up(layer: Any, label: Label, pictures: tf.Tensor, labels: tf.Tensor, draws: Draws, chosen: tf.Tensor) -> Batch:
    """Shine another picture of the batch through each that is chosen `(batch,)`, as Keras's MixUp does.

    Classes are shares `(batch, classes)`; of boxes it has those of both.
    """
    drawn = layer.get_random_transformation(pictures, training=True, seed=draws)
    drawn["mix_weight"] = tf.where(chosen, drawn["mix_weight"], 1.0)
    mixed = layer.transform_images(pictures, drawn, training=True)
    if label == "class":
        return mixed, layer.transform_labels(labels, drawn, training=True)
    others = tf.gather(labels, drawn["permutation_order"])
    others = tf.where(chosen[:, tf.newaxis, tf.newaxis], others, NO_BOX)
    return mixed, tf.concat([labels, others], axis=1)


def cut_mix(layer: Any, label: Label, pictures: tf.Tensor, labels: tf.Tensor, draws: Draws, chosen: tf.Tensor) -> Batch:
    """Put a rectangle of another picture of the batch into each that is chosen `(batch,)`, as Keras's CutMix does.

    Classes are shares `(batch, classes)`; masks are cut as their pictures.
    """
    drawn = layer.get_random_transformation(pictures, training=True, seed=draws)
    drawn["batch_masks"] &= chosen[:, tf.newaxis, tf.newaxis, tf.newaxis]
    # Keras reckons the share from the rectangle's sides, which are no whole pixels.
    cut = tf.reduce_mean(tf.cast(drawn["batch_masks"][..., 0], tf.float32), axis=[1, 2])
    drawn["mix_weight"] = 1.0 - cut
    mixed = layer.transform_images(pictures, drawn, training=True)
    if label == "class":
        return mixed, layer.transform_labels(labels, drawn, training=True)
    return mixed, tf.where(drawn["batch_masks"][..., 0], tf.gather(labels, drawn["permutation_order"]), labels)


def canvas(label: Label, tiles: list[Batch], chosen: tf.Tensor | None) -> Batch:
    """Put four pictures of one size together, two by two; those not chosen stand alone. None are all.

    Masks and boxes go along.
    """
    alone = None if chosen is None else ~chosen
    pictures = [tiles[0][0], *(_blank(picture, alone, 0) for picture, _ in tiles[1:])]
    height, width = tf.shape(pictures[0])[1], tf.shape(pictures[0])[2]
    if label == "mask":
        masks = [tiles[0][1], *(_blank(mask, alone, VOID) for _, mask in tiles[1:])]
        return _two_by_two(pictures), _two_by_two(masks)
    rows = []
    for number, (_, boxes) in enumerate(tiles):
        shift = tf.cast(tf.stack([number % 2 * width, number // 2 * height] * 2 + [0]), tf.float32)
        there = boxes[..., 4:] >= 0
        if number and chosen is not None:
            there &= chosen[:, tf.newaxis, tf.newaxis]
        rows.append(tf.where(there, boxes + shift, NO_BOX))
    return _two_by_two(pictures), tf.concat(rows, axis=1)


def mosaic_matrices(fields: Any, draws: Draws, count: tf.Tensor, size: Size, chosen: tf.Tensor) -> tf.Tensor:
    """Give the matrices that show a piece of one picture's size of the canvas, with the four pictures' corner in it."""
    low, high = fields.offset if isinstance(fields.offset, tuple) else (fields.offset, fields.offset)
    shifts = []
    for side in size:
        length = tf.cast(side, tf.float32)
        inside = tf.round(draws.uniform([count], low, high) * length)
        shifts.append(tf.where(chosen, length - inside, 0.0))
    return matrix([[1, 0, shifts[1]], [0, 1, shifts[0]], [0, 0, 1]], count)


def _blank(values: tf.Tensor, where: tf.Tensor | None, fill: int) -> tf.Tensor:
    if where is None:
        return values
    where = tf.reshape(where, [-1] + [1] * (len(values.shape) - 1))
    return tf.where(where, tf.cast(fill, values.dtype), values)


def _two_by_two(tiles: list[tf.Tensor]) -> tf.Tensor:
    return tf.concat([tf.concat(tiles[:2], axis=2), tf.concat(tiles[2:], axis=2)], axis=1)
