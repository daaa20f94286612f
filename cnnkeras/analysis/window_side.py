"""A window along one side of a map of known size: what it reads, what it leaves over, how its formula is written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cnnkeras.layers.base import Shape
from cnnkeras.layers.padding import extent
from cnnkeras.layers.windowed import WindowedLayer


class WindowSide(NamedTuple):
    """`side` is 0 for the height, 1 for the width; sizes in pixels of the layer's input."""

    side: int
    size: int
    before: int
    after: int
    kernel: int
    stride: int
    dilation: int

    @property
    def extent(self) -> int:
        """Give how many pixels the dilated window spans."""
        return extent(self.kernel, self.dilation)

    @property
    def left_over(self) -> int:
        """Count the pixels behind the last window, padding included."""
        return (self.size + self.before + self.after - self.extent) % self.stride

    def quotient(self) -> str:
        """Write how far the window can move, in strides: `(28 + 2·2 − 5)/1`."""
        return f"({padded(self.size, self.before, self.after)} − {spanned(self.kernel, self.dilation)})/{self.stride}"


def window_sides(layer: WindowedLayer, shape: Shape) -> Iterator[WindowSide]:
    """Give the window along each side whose size is known."""
    kernel, strides, dilation = layer.window_size()
    amounts = layer.padding_amounts(shape)
    for side in (0, 1):
        size = shape[side]
        if amounts is not None and size is not None:
            yield WindowSide(side, size, *amounts[side], kernel[side], strides[side], dilation[side])


def padded(size: int, before: int, after: int) -> str:
    """Write a padded size: `28`, `28 + 2·2`, `28 + 1 + 2`, with a minus where a side is cropped."""
    if before == after:
        return f"{size}" if before == 0 else f"{size} {_sign(before)} 2·{abs(before)}"
    return f"{size} {_sign(before)} {abs(before)} {_sign(after)} {abs(after)}"


def _sign(amount: int) -> str:
    return "+" if amount >= 0 else "−"


def spanned(kernel: int, dilation: int) -> str:
    """Write how many pixels a kernel spans: `5`, or `(2·(3−1) + 1)` when dilated."""
    return f"{kernel}" if dilation == 1 else f"({dilation}·({kernel}−1) + 1)"
