"""Layers that change a map's size by interpolation."""

from __future__ import annotations

from typing import Literal

from cnnkeras.layers.base import KerasLayer, Layer, LayerProblem, Shape, require_map
from cnnkeras.layers.fields import Count, Finite, Pair
from cnnkeras.layers.reach import POINTWISE, Extent, Reach, Spread

# TensorFlow has "area" too, and no gradient for it.
Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]

# How far from its centre a kernel reads, in input pixels: |d| < radius.
RADIUS = {"bilinear": 1, "bicubic": 2, "lanczos3": 3, "lanczos5": 5}


def enlarging_reach(factors: Pair, interpolation: Interpolation) -> Reach:
    """Give where an input pixel is written to when a map grows by whole factors.

    Output `o` reads around `(o + ½) / factor − ½` (pixels have their centres at halves), so input `i` reaches the
    outputs with `|(o + ½) / factor − ½ − i| < radius`: `2 · radius · factor` of them, one less for an odd factor.
    """
    if interpolation == "nearest":
        return Spread(factors, factors)
    radius = RADIUS[interpolation]
    kernels = [1 if factor == 1 else 2 * radius * factor - factor % 2 for factor in factors]
    before = [0 if factor == 1 else radius * factor - (factor + 1) // 2 for factor in factors]
    return Spread((kernels[0], kernels[1]), factors, before=(before[0], before[1]))


class UpSampling2D(Layer):
    """A map made `size` times larger. Output `(height · size, width · size, channels)`."""

    type: Literal["UpSampling2D"]
    size: Pair = (2, 2)
    interpolation: Interpolation = "nearest"

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(height · size, width · size, channels)`."""
        height, width, channels = require_map(inputs[0], "UpSampling2D")
        return (
            None if height is None else height * self.size[0],
            None if width is None else width * self.size[1],
            channels,
        )

    def reach(self, *inputs: Shape) -> Reach:  # noqa: ARG002 - the same for every input
        """Give where an input is written to."""
        return enlarging_reach(self.size, self.interpolation)

    @property
    def needs_float32(self) -> bool:
        """Tell so of Lanczos's kernels."""
        return self.interpolation.startswith("lanczos")

    def keras_layer(self) -> KerasLayer:
        """Give ours where Keras's would need to know the sides."""
        made = super().keras_layer()
        return made if self.interpolation == "nearest" else made._replace(class_name="cnnkeras>UpSampling2D")


class Resizing(Layer):
    """A map brought to a fixed size. Output `(height, width, channels)`."""

    type: Literal["Resizing"]
    height: Count
    width: Count
    interpolation: Interpolation = "bilinear"
    crop_to_aspect_ratio: bool = False
    pad_to_aspect_ratio: bool = False
    fill_mode: Literal["constant"] = "constant"
    fill_value: Finite = 0.0
    antialias: bool = False

    @property
    def needs_float32(self) -> bool:
        """Tell so of Lanczos's kernels, and of those against aliasing."""
        return self.antialias or self.interpolation.startswith("lanczos")

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(height, width, channels)`."""
        channels = require_map(inputs[0], "Resizing")[2]
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise LayerProblem(
                "crop_to_aspect_ratio and pad_to_aspect_ratio can't both be true",
                hint="set one of the two to false",
                field="pad_to_aspect_ratio",
            )
        return self.height, self.width, channels

    def reach(self, *inputs: Shape) -> Reach:
        """Give the reach where the map keeps its size or grows by whole factors; else unknown."""
        height, width = inputs[0][:2]
        if (height, width) == (self.height, self.width):
            return POINTWISE
        if height is None or width is None or self.height % height or self.width % width:
            return Extent.UNKNOWN
        if self.crop_to_aspect_ratio or self.pad_to_aspect_ratio:
            return Extent.UNKNOWN
        return enlarging_reach((self.height // height, self.width // width), self.interpolation)
