"""Lets the convolutions of a network take the gradients of their 3×3 kernels by Winograd's transforms."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras

from cnnkeras.layers.padding import mode_of
from cnnkeras.model.backend import mirrored_convolution, winograd_convolution, winograd_pays
from cnnkeras.model.convolution import Conv2D, is_plain


def by_winograd(model: keras.Model) -> None:
    """Change how they are trained, wherever that is faster, not what they are: a saved network has nothing of it."""
    for layer in model._flatten_layers(include_self=False):
        if isinstance(layer, keras.layers.Conv2D) and is_plain(layer):
            layer.convolution_op = _transformed(layer)


def _transformed(layer: keras.layers.Conv2D) -> Callable[[Any, Any], Any]:
    direct = layer.convolution_op

    def convolve(x: Any, kernel: Any) -> Any:
        if isinstance(layer, Conv2D) and layer.mirrors_within(x):
            transforms = winograd_pays(x, kernel, "SAME")
            return mirrored_convolution(x, kernel, mode_of(layer.window_padding), transforms)
        padding = layer.padding.upper()
        return winograd_convolution(x, kernel, padding) if winograd_pays(x, kernel, padding) else direct(x, kernel)

    return convolve
