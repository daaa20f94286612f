"""Follows a map through a backbone's layers and adds up what they hold and cost."""

from __future__ import annotations

from cnnkeras.layers.base import Dimension, LayerProblem, Shape, Weights


class Tally:
    """A map on its way: its shape now, and the weights and multiply-accumulates of the layers behind it.

    Every window is padded so that a side becomes ⌈side / strides⌉, as in all of KerasCV's backbones, unless it is
    said to be cut off. A step of a side branch is made with `at`, which leaves the map where it is.
    """

    def __init__(self, shape: Shape) -> None:
        self.height, self.width, self.channels = shape[0], shape[1], shape[2] or 0
        self.trainable = 0
        self.non_trainable = 0
        self.macs: int | None = 0
        self.levels: dict[str, Shape] = {}

    @property
    def shape(self) -> Shape:
        """Give `(height, width, channels)` of the map where it is."""
        return self.height, self.width, self.channels

    @property
    def weights(self) -> Weights:
        """Give the weights of all layers so far."""
        return Weights(self.trainable, self.non_trainable)

    def level(self, number: int) -> None:
        """Note the map as the level of the pyramid with that number."""
        self.levels[f"P{number}"] = self.shape

    def convolution(
        self, filters: int, kernel: int = 1, strides: int = 1, bias: bool = False, normalized: bool = False
    ) -> None:
        """Convolve, with a bias or a batch normalization behind it if there is one."""
        self.shrink(strides)
        self._multiply(kernel * kernel * self.channels * filters)
        self.channels = filters
        self.trainable += filters * bias
        if normalized:
            self.normalization()

    def depthwise(self, kernel: int, strides: int) -> None:
        """Convolve each channel by itself, and normalize."""
        self.shrink(strides)
        self._multiply(kernel * kernel * self.channels)
        self.normalization()

    def normalization(self) -> None:
        """Count scale and offset, which are trained, and the moving mean and variance, which are not."""
        self.trainable += 2 * self.channels
        self.non_trainable += 2 * self.channels

    def gate(self, hidden: int) -> None:
        """Squeeze the map to one pixel and excite its channels: two 1×1 convolutions with biases on that pixel."""
        kernels = 2 * self.channels * hidden
        self.trainable += kernels + hidden + self.channels
        self.macs = None if self.macs is None else self.macs + kernels

    def shortcut(self, channels: int, filters: int, normalized: bool) -> None:
        """Count a 1×1 convolution from `channels` to `filters` that gives a map as large as this one."""
        own, self.channels = self.channels, channels
        self.convolution(filters, bias=not normalized, normalized=normalized)
        self.channels = own

    def shrink(self, strides: int, cut_off: bool = False) -> None:
        """Divide the sides, rounded up; down where what is left over is `cut_off`."""
        self.height, self.width = (_divided(side, strides, cut_off) for side in (self.height, self.width))

    def _multiply(self, kernel: int) -> None:
        self.trainable += kernel
        known = self.macs is not None and self.height is not None and self.width is not None
        self.macs = self.macs + kernel * self.height * self.width if known else None  # type: ignore[operator]  # known


def _divided(side: Dimension, strides: int, cut_off: bool) -> Dimension:
    if side is None:
        return None
    result = side // strides if cut_off else -(-side // strides)
    if result < 1:
        raise LayerProblem(
            "the picture is too small for so many levels: a map of 1 pixel would be halved",
            hint="make input.shape larger, or leave the deepest stacks out",
        )
    return result
