"""What a window that slides over a map needs: its output size, its reach, and its padding for Keras."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from cnnkeras.layers.base import Dimension, KerasLayer, Layer, Shape
from cnnkeras.layers.padding import ExplicitPadding, Padding, Slide, amounts, windowed
from cnnkeras.layers.reach import Extent, Pair, Reach, Window


class WindowedLayer(Layer):
    """A convolution or a pooling: every one takes every padding."""

    padding: Padding = "valid"

    # How errors call the window, and the field that holds its size.
    window_word: ClassVar[str]
    window_field: ClassVar[str]

    @abstractmethod
    def window_size(self) -> Slide:
        """Give the kernel, its strides and its dilation."""

    def window_output(self, shape: Shape) -> tuple[Dimension, Dimension]:
        """Give the output (height, width). Raises LayerProblem where the window does not fit."""
        return windowed(self.padding, self.window_size(), shape, self.window_word, self.window_field)

    def padding_amounts(self, shape: Shape) -> tuple[Pair, Pair] | None:
        """Give ((top, bottom), (left, right)), or None where it depends on an unknown size."""
        vertical, horizontal = (amounts(self.padding, self.window_size(), shape[side], side) for side in (0, 1))
        return None if vertical is None or horizontal is None else (vertical, horizontal)

    def reach(self, *inputs: Shape) -> Reach:
        """Give the window."""
        padded = self.padding_amounts(inputs[0])
        if padded is None:
            return Extent.UNKNOWN
        return Window(*self.window_size(), (padded[0][0], padded[1][0]))

    def fits_keras(self) -> bool:
        """Tell whether Keras's own layer does what is asked for, as fast as it can be done."""
        return self.padding in ("valid", "same")

    def keras_layer(self) -> KerasLayer:
        """Give Keras's own layer where it is enough, else ours of the same name.

        Ours takes `padding` as a word or as `{"mode", "amount"}`.
        """
        layer = super().keras_layer()
        if self.fits_keras():
            return layer
        if isinstance(self.padding, ExplicitPadding):
            layer.config["padding"] = {"mode": self.padding.mode, "amount": self.padding.amount}
        return KerasLayer(f"cnnkeras>{layer.class_name}", layer.config)
