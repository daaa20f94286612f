"""Changes to the numbers of a picture: Keras's own layers, given our draws."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from cnnkeras.datasets.augmentation.draws import Draws, random_layer
from cnnkeras.spec.augmentation import Augmentation

Change = Callable[[tf.Tensor, Draws], tf.Tensor]
_COMMON = {"type", *Augmentation.model_fields}


def change_of(fields: Augmentation) -> Change:
    """Give what changes pictures, float32 `(batch, height, width, channels)` from 0 to 255, by these fields."""
    if fields.type == "RandomColorJitter":
        return _one_after_the_other(_jitter(fields.model_dump(exclude=_COMMON)))
    return color(fields.type, **fields.model_dump(exclude=_COMMON))


def color(name: str, **fields: Any) -> Change:
    """Give the change that a layer of Keras makes."""
    # RandomSaturation keeps saturations, which are shares, below the range's end.
    within = 1.0 if name == "RandomSaturation" else 255.0
    ranged = {} if name == "RandomGrayscale" else {"value_range": (0.0, within)}
    layer = random_layer(name, **fields, **ranged)

    def change(pictures: tf.Tensor, draws: Draws) -> tf.Tensor:
        scaled = pictures / (255.0 / within)
        drawn = layer.get_random_transformation(scaled, training=True, seed=draws)
        return layer.transform_images(scaled, drawn, training=True) * (255.0 / within)

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
