"""Changes to the numbers of a picture: Keras's own layers, given our draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from cnnkeras.datasets.augmentation.draws import Draws, random_layer
from cnnkeras.spec.augmentation import Augmentation

Change = Callable[[tf.Tensor, Draws], tf.Tensor]
_COMMON = {"type", *Augmentation.model_fields}
# What looks at no neighbours becomes one loop by XLA. Milliseconds of a core for 16 pictures of 320×320: hue 99 to 19,
# saturation 83 to 16, grey 34 to 9, contrast 28 to 11, brightness 13 to 9. Its convolutions are slow: sharpness 18 to
# 202; and it has no histogram.
FUSED = (
    "RandomBrightness", "RandomContrast", "RandomHue", "RandomSaturation", "RandomColorDegeneration",
    "RandomGrayscale", "RandomPosterization", "RandomInvert", "Solarization",
)  # fmt: skip


def change_of(fields: Augmentation) -> Change:
    """Give what changes pictures `(batch, height, width, channels)` from 0 to 255, by these fields.

    It takes them in any type, and gives float32.
    """
    if fields.type == "RandomColorJitter":
        return _one_after_the_other(_jitter(fields.model_dump(exclude=_COMMON)))
    return color(fields.type, **fields.model_dump(exclude=_COMMON))


def color(name: str, **fields: Any) -> Change:
    """Give the change that a layer of Keras makes."""
    # RandomSaturation keeps saturations, which are shares, below the range's end.
    within = 1.0 if name == "RandomSaturation" else 255.0
    ranged = {} if name == "RandomGrayscale" else {"value_range": (0.0, within)}
    layer = random_layer(name, **fields, **ranged)

    def transform(pictures: tf.Tensor, drawn: Any) -> tf.Tensor:
        scaled = tf.cast(pictures, tf.float32) / (255.0 / within)
        return layer.transform_images(scaled, drawn, training=True) * (255.0 / within)

    fused = tf.function(transform, jit_compile=True, autograph=False)

    def change(pictures: tf.Tensor, draws: Draws) -> tf.Tensor:
        drawn = layer.get_random_transformation(pictures, training=True, seed=draws)
        # Each size is a program of its own.
        is_fused = name in FUSED and pictures.shape[1:].is_fully_defined()
        return (fused if is_fused else transform)(pictures, drawn)

    return change


def _jitter(factors: dict[str, Any]) -> list[Change]:
    """Give the changes that Keras's RandomColorJitter makes, in its order; it draws from its own generator."""
    names = ("brightness", "contrast", "saturation", "hue")
    given = [(name, factors[f"{name}_factor"]) for name in names]
    return [color(f"Random{name.title()}", factor=factor) for name, factor in given if factor is not None]


def _one_after_the_other(changes: list[Change]) -> Change:
    def change(pictures: tf.Tensor, draws: Draws) -> tf.Tensor:
        for number, each in enumerate(changes):
            pictures = each(pictures, draws.child(number))
        return pictures

    return change
