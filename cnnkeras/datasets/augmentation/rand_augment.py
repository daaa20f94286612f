"""RandAugment: for every picture some changes of many, drawn (Cubuk et al. 2019).

Keras's layer draws its changes once for the whole batch, computes all eleven of them for each, and moves no masks or
boxes. Its changes of colour are kept; those of place go as far as the paper's, as a half turn is no likely picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from cnnkeras.datasets.augmentation.colors import Change, color
from cnnkeras.datasets.augmentation.draws import Draws
from cnnkeras.datasets.augmentation.matrices import MATRICES, Size, identity
from cnnkeras.spec.augmentation import AUGMENTATIONS

# The paper's strongest: a slant by 0.3, a shift by 0.3 of the side, a turn by 30 degrees.
STRONGEST = {
    "RandomShear": {"x_factor": 0.3, "y_factor": 0.3},
    "RandomTranslation": {"height_factor": 0.3, "width_factor": 0.3},
    "RandomRotation": {"factor": 30 / 360},
}
CHANGES = 11


def draw_changes(fields: Any, draws: Draws, count: tf.Tensor, chosen: tf.Tensor) -> tf.Tensor:
    """Give the numbers of the changes for each picture, int64 `(num_ops, batch)`; -1 is none."""
    return tf.where(chosen, draws.whole([fields.num_ops, count], CHANGES), -1)


def moves(fields: Any, changes: tf.Tensor, draws: Draws, count: tf.Tensor, size: Size) -> tf.Tensor:
    """Give the matrices of those among the changes that move pixels."""
    matrices = identity(count)
    for step, numbers in enumerate(tf.unstack(changes, num=fields.num_ops)):
        for number, (name, factors) in enumerate(STRONGEST.items()):
            weaker = {key: _pair(name, fields.factor * factor) for key, factor in factors.items()}
            described = AUGMENTATIONS[name].model_validate({"type": name, **weaker})
            drawn = MATRICES[name](described, draws.child(100 * step + number), count, size)
            matrices = tf.where((numbers == number)[:, tf.newaxis, tf.newaxis], matrices @ drawn, matrices)
    return matrices


def recolored(branches: Sequence[Change], changes: tf.Tensor, pictures: tf.Tensor, draws: Draws) -> tf.Tensor:
    """Apply those that change colours, picture by picture, so that only what was drawn is computed.

    `branches` are those of `colors_of`.
    """

    def change(given: tuple[tf.Tensor, tf.Tensor, tf.Tensor]) -> tf.Tensor:
        picture, numbers, place = given
        own = draws.child(place)
        for step in range(changes.shape[0]):
            picture = _one_of(branches, numbers[step] - len(STRONGEST), picture, own.child(step))
        return picture

    places = tf.range(tf.shape(pictures)[0])
    spec = tf.TensorSpec(pictures.shape[1:], tf.float32)
    return tf.map_fn(change, (pictures, tf.transpose(changes), places), fn_output_signature=spec)


def _one_of(branches: Sequence[Change], number: tf.Tensor, picture: tf.Tensor, draws: Draws) -> tf.Tensor:
    """Apply one of the changes to one picture, or none where the number is none of theirs."""

    def branch(change: Change) -> Any:
        return lambda: tf.ensure_shape(change(picture[tf.newaxis], draws)[0], picture.shape)

    none = len(branches)
    number = tf.where((number < 0) | (number > none), tf.constant(none, tf.int64), number)
    return tf.switch_case(tf.cast(number, tf.int32), [*map(branch, branches), lambda: picture])


def colors_of(factor: float) -> list[Change]:
    """Give the changes of colours up to a strength."""
    bits = max(1, int(8 * factor))
    return [
        color("RandomBrightness", factor=factor),
        color("RandomColorDegeneration", factor=(0.0, factor)),
        color("RandomContrast", factor=factor),
        color("RandomSharpness", factor=(0.0, factor)),
        color("RandomPosterization", factor=(bits, bits)),
        color("Solarization", addition_factor=(0.0, factor), threshold_factor=(0.0, factor)),
        color("AutoContrast"),
        color("Equalization"),
    ]


def _pair(name: str, factor: float) -> float | tuple[float, float]:
    return (0.0, factor) if name == "RandomShear" else factor
