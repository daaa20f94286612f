"""Residual backbones: ResNet, and ResNet with the activation in front (He et al. 2015 and 2016)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cnnkeras.layers.backbones.backbone import Backbone, Counts, Depths, Strides, check_lengths
from cnnkeras.layers.backbones.tally import Tally
from cnnkeras.layers.base import LayerProblem, Shape, show


class Residual(Backbone):
    """What the two share. Level P2 is the first stack's; every stack makes one."""

    stackwise_filters: Counts
    stackwise_blocks: Depths
    stackwise_strides: Strides
    block_type: Literal["basic_block", "block"] = "block"

    @property
    def level_names(self) -> tuple[str, ...]:
        """Give P2 and one more for every further stack."""
        return tuple(f"P{number + 2}" for number in range(len(self.stackwise_filters)))

    def check_sum(self, before: Shape, after: Shape) -> None:
        """Raise LayerProblem where a block that adds its input as it is makes another map of it."""
        if before != after:
            raise LayerProblem(
                f"the first stack of basic blocks adds the stem's {show(before)} as they are, and makes {show(after)}",
                hint="give the first stack 64 filters and strides of 1",
                field="stackwise_filters",
            )

    def stacks(self) -> list[tuple[int, int, int]]:
        """Give filters, blocks and strides of every stack. Raises LayerProblem where the lists differ in length."""
        check_lengths(self, "stackwise_filters", "stackwise_blocks", "stackwise_strides")
        return list(zip(self.stackwise_filters, self.stackwise_blocks, self.stackwise_strides, strict=True))


class ResNetBackbone(Residual):
    """He et al., "Deep residual learning for image recognition", arXiv:1512.03385."""

    type: Literal["ResNetBackbone"]

    def walk(self, tally: Tally) -> None:
        """Lead a map through the stem and the stacks."""
        stacks = self.stacks()
        tally.convolution(64, 7, 2, normalized=True)
        tally.shrink(2)
        for stack, (filters, blocks, strides) in enumerate(stacks):
            for block in range(blocks):
                widens = block == 0 and (self.block_type == "block" or stack > 0)
                self._block(tally, filters, strides if block == 0 else 1, widens)
            tally.level(stack + 2)

    def _block(self, tally: Tally, filters: int, strides: int, widens: bool) -> None:
        before, channels = tally.shape, tally.channels
        if self.block_type == "block":
            tally.convolution(filters, 1, strides, normalized=True)
            tally.convolution(filters, 3, normalized=True)
            tally.convolution(4 * filters, 1, normalized=True)
        else:
            tally.convolution(filters, 3, strides, normalized=True)
            tally.convolution(filters, 3, normalized=True)
        if widens:
            tally.shortcut(channels, tally.channels, normalized=True)
        else:
            self.check_sum(before, tally.shape)


class ResNetV2Backbone(Residual):
    """He et al., "Identity mappings in deep residual networks", arXiv:1603.05027.

    The last block of a stack takes the strides; a stack with a dilation of more than 1 keeps its size.
    """

    type: Literal["ResNetV2Backbone"]
    # KerasCV gives the first block of a stack and the last one the same name where there is one alone.
    stackwise_blocks: Annotated[tuple[Annotated[int, Field(ge=2, le=1000)], ...], Field(min_length=1, max_length=8)]
    stackwise_dilations: Counts | None = None

    def walk(self, tally: Tally) -> None:
        """Lead a map through the stem, the stacks and the normalization behind them."""
        stacks = self.stacks()
        dilations = self.stackwise_dilations or (1,) * len(stacks)
        if self.stackwise_dilations is not None:
            check_lengths(self, "stackwise_filters", "stackwise_dilations")
        tally.convolution(64, 7, 2, bias=True)
        tally.shrink(2)
        for stack, ((filters, blocks, strides), dilation) in enumerate(zip(stacks, dilations, strict=True)):
            for block in range(blocks):
                widens = block == 0 and (self.block_type == "block" or stack > 0)
                last = block == blocks - 1
                self._block(tally, filters, strides if last and dilation == 1 else 1, widens)
            tally.level(stack + 2)
        tally.normalization()

    def _block(self, tally: Tally, filters: int, strides: int, widens: bool) -> None:
        channels = tally.channels
        tally.normalization()
        if self.block_type == "block":
            tally.convolution(filters, 1, normalized=True)
            tally.convolution(filters, 3, strides, normalized=True)
            tally.convolution(4 * filters, 1, bias=True)
        else:
            tally.convolution(filters, 3, normalized=True)
            tally.convolution(filters, 3, strides)
        if widens:
            tally.shortcut(channels, tally.channels, normalized=False)
        else:
            # Where the map shrinks, so does what is added.
            self.check_sum((*tally.shape[:2], channels), tally.shape)
