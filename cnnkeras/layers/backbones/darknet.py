"""The backbones of YOLO: CSPDarkNet (YOLOX) and that of YOLOv8."""

from __future__ import annotations

from typing import Literal

from cnnkeras.layers.backbones.backbone import Backbone, Counts, Depths, check_lengths
from cnnkeras.layers.backbones.tally import Tally
from cnnkeras.layers.base import LayerProblem


class Darknet(Backbone):
    """What the two share. Level P2 is the first stack's; every stack makes one."""

    stackwise_channels: Counts
    stackwise_depth: Depths

    @property
    def level_names(self) -> tuple[str, ...]:
        """Give P2 and one more for every further stack."""
        return tuple(f"P{number + 2}" for number in range(len(self.stackwise_channels)))

    def stacks(self) -> list[tuple[int, int]]:
        """Give channels and depth of every stack. Raises LayerProblem where the lists differ in length."""
        check_lengths(self, "stackwise_channels", "stackwise_depth")
        if min(self.stackwise_channels) < 2:
            raise LayerProblem(
                "a stack halves its channels, and one has a single one", "give it two or more", "stackwise_channels"
            )
        return list(zip(self.stackwise_channels, self.stackwise_depth, strict=True))


class CSPDarkNetBackbone(Darknet):
    """Darknet of cross-stage partial blocks (Wang et al., arXiv:1911.11929), as YOLOX has it (arXiv:2107.08430)."""

    type: Literal["CSPDarkNetBackbone"]
    use_depthwise: bool = False

    def walk(self, tally: Tally) -> None:
        """Lead a map through the stem, which folds 2×2 pixels into channels, and the stacks."""
        stacks = self.stacks()
        if any(side is not None and side % 2 for side in (tally.height, tally.width)):
            raise LayerProblem(
                "it folds 2×2 pixels into one, and a side of its input is odd", hint="give input.shape even sides"
            )
        tally.shrink(2)
        tally.channels *= 4
        tally.convolution(self.stackwise_channels[0] // 2, 3, normalized=True)
        for stack, (channels, depth) in enumerate(stacks):
            self._convolution(tally, channels, 2)
            if stack == len(stacks) - 1:
                tally.convolution(channels // 2, normalized=True)
                tally.channels *= 4
                tally.convolution(channels, normalized=True)
            self._partial(tally, channels, depth)
            tally.level(stack + 2)

    def _convolution(self, tally: Tally, filters: int, strides: int = 1) -> None:
        if self.use_depthwise:
            tally.depthwise(3, strides)
        tally.convolution(
            filters, 1 if self.use_depthwise else 3, 1 if self.use_depthwise else strides, normalized=True
        )

    def _partial(self, tally: Tally, filters: int, depth: int) -> None:
        hidden = filters // 2
        tally.shortcut(tally.channels, hidden, normalized=True)
        tally.convolution(hidden, normalized=True)
        for _ in range(depth):
            tally.convolution(hidden, normalized=True)
            self._convolution(tally, hidden)
        tally.channels = 2 * hidden
        tally.convolution(filters, normalized=True)


class YOLOV8Backbone(Darknet):
    """The backbone of YOLOv8: blocks that keep every step's map (C2f), and fast pyramid pooling at the end."""

    type: Literal["YOLOV8Backbone"]
    activation: Literal["swish", "silu", "relu", "leaky_relu", "gelu", "mish"] = "swish"

    def walk(self, tally: Tally) -> None:
        """Lead a map through the stem and the stacks."""
        stacks = self.stacks()
        tally.convolution(self.stackwise_channels[0] // 2, 3, 2, normalized=True)
        tally.convolution(self.stackwise_channels[0], 3, 2, normalized=True)
        for stack, (channels, depth) in enumerate(stacks):
            if stack:
                tally.convolution(channels, 3, 2, normalized=True)
            _c2f(tally, depth)
            if stack == len(stacks) - 1:
                tally.convolution(channels // 2, normalized=True)
                tally.channels *= 4
                tally.convolution(channels, normalized=True)
            tally.level(stack + 2)


def _c2f(tally: Tally, depth: int) -> None:
    channels = tally.channels
    hidden = int(channels * 0.5)
    tally.convolution(2 * hidden, normalized=True)
    tally.channels = hidden
    for _ in range(2 * depth):
        tally.convolution(hidden, 3, normalized=True)
    tally.channels = (2 + depth) * hidden
    tally.convolution(channels, normalized=True)
