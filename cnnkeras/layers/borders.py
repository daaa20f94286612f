"""Layers that add to a map's border or take from it."""

from __future__ import annotations

from typing import Literal

from cnnkeras.layers.base import Dimension, KerasLayer, Layer, LayerProblem, Shape, require_map
from cnnkeras.layers.fields import Count, Edges
from cnnkeras.layers.reach import Extent, Reach, Window


class ZeroPadding2D(Layer):
    """Zeros at the border: an amount, `[height, width]`, or `[[top, bottom], [left, right]]`."""

    type: Literal["ZeroPadding2D"]
    padding: Edges = ((1, 1), (1, 1))

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(height + top + bottom, width + left + right, channels)`."""
        height, width, channels = require_map(inputs[0], "ZeroPadding2D")
        vertical, horizontal = (sum(side) for side in self.padding)
        return (
            None if height is None else height + vertical,
            None if width is None else width + horizontal,
            channels,
        )

    def reach(self, *inputs: Shape) -> Reach:  # noqa: ARG002 - the same shift for every input
        """Give a window of one pixel, shifted by the padding."""
        return Window(before=(self.padding[0][0], self.padding[1][0]))


class Cropping2D(Layer):
    """The border taken away: an amount, `[height, width]`, or `[[top, bottom], [left, right]]`."""

    type: Literal["Cropping2D"]
    cropping: Edges = ((0, 0), (0, 0))

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(height − top − bottom, width − left − right, channels)`."""
        height, width, channels = require_map(inputs[0], "Cropping2D")
        return self._cropped(height, 0), self._cropped(width, 1), channels

    def reach(self, *inputs: Shape) -> Reach:  # noqa: ARG002 - the same shift for every input
        """Give a window of one pixel, shifted by the crop."""
        return Window(before=(-self.cropping[0][0], -self.cropping[1][0]))

    def _cropped(self, size: Dimension, side: int) -> Dimension:
        before, after = self.cropping[side]
        if size is not None and before + after >= size:
            name = ("height", "width")[side]
            raise LayerProblem(
                f"cropping {before} and {after} leaves nothing of a {name} of {size}",
                hint=f"crop at most {size - 1} of the {name} in all",
                field="cropping",
            )
        return None if size is None else size - before - after


class CenterCrop(Layer):
    """The middle of a map; where the input is smaller, Keras enlarges it first."""

    type: Literal["CenterCrop"]
    height: Count
    width: Count

    def keras_layer(self) -> KerasLayer:
        """Give ours, for maps of free sides."""
        return super().keras_layer()._replace(class_name="cnnkeras>CenterCrop")

    def output_shape(self, *inputs: Shape) -> Shape:
        """Give `(height, width, channels)`."""
        return self.height, self.width, require_map(inputs[0], "CenterCrop")[2]

    def reach(self, *inputs: Shape) -> Reach:
        """Give a window of one pixel, shifted by the crop; unknown where the map is enlarged."""
        height, width = inputs[0][:2]
        if height is None or width is None or height < self.height or width < self.width:
            return Extent.UNKNOWN
        return Window(before=(-((height - self.height) // 2), -((width - self.width) // 2)))
