"""Pooling: the largest or the mean of a window, or of the whole map.

Padding adds no data here: a padded zero never is the maximum, and never counts in a mean.
"""

from __future__ import annotations

from typing import Literal

from cnnkeras.layers.base import Layer, LayerProblem, Shape, require_map
from cnnkeras.layers.fields import Edges, Pair
from cnnkeras.layers.padding import Slide, mode_of
from cnnkeras.layers.reach import Extent, Reach
from cnnkeras.layers.windowed import WindowedLayer


class Pooling(WindowedLayer):
    """What the windowed poolings share."""

    pool_size: Pair
    strides: Pair | None = None

    window_word = "pool"
    window_field = "pool_size"

    def window_size(self) -> Slide:
        """Give the window; without `strides` it moves by its own size."""
        return Slide(self.pool_size, self.strides or self.pool_size)

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(height', width', channels)`."""
        channels = require_map(inputs[0], self.type)[2]
        height, width = self.window_output(inputs[0])
        padded = self.padding_amounts(inputs[0])
        if padded is not None and mode_of(self.padding) == "zeros":
            check_empty_windows(padded, self.pool_size)
        return height, width, channels


def check_empty_windows(padded: Edges, pool_size: tuple[int, int]) -> None:
    """Raise LayerProblem where a window would see padding alone: zeros count for nothing in a pooling."""
    for amount, pool in zip(padded, pool_size, strict=True):
        if max(amount) >= pool:
            raise LayerProblem(
                f"padding of {max(amount)} leaves windows of {pool_size[0]}×{pool_size[1]} "
                "with nothing but padding in them",
                hint=f'use an amount of at most {pool - 1}, or mode "replicate"',
                field="padding",
            )


class MaxPooling2D(Pooling):
    """The largest number of each window."""

    type: Literal["MaxPooling2D"]
    pool_size: Pair = (2, 2)


class AveragePooling2D(Pooling):
    """The mean of each window."""

    type: Literal["AveragePooling2D"]

    def fits_keras(self) -> bool:
        """Tell whether Keras's own layer will do: the gradient of windows that lie side by side is faster in ours."""
        slide = self.window_size()
        return super().fits_keras() and slide.strides != slide.kernel


class GlobalPooling(Layer):
    """One number a channel. Output `(channels,)`, or `(1, 1, channels)` with `keepdims`."""

    keepdims: bool = False

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(channels,)` or `(1, 1, channels)`."""
        channels = require_map(inputs[0], self.type)[2]
        return (1, 1, channels) if self.keepdims else (channels,)

    def reach(self, *inputs: Shape) -> Reach:  # noqa: ARG002 - the whole input, whatever it is
        """Give the whole input."""
        return Extent.WHOLE


class GlobalMaxPooling2D(GlobalPooling):
    """The largest number of each channel."""

    type: Literal["GlobalMaxPooling2D"]


class GlobalAveragePooling2D(GlobalPooling):
    """The mean of each channel (Lin et al., "Network in network", 2014)."""

    type: Literal["GlobalAveragePooling2D"]
