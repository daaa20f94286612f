"""Densely connected backbones (Huang et al., arXiv:1608.06993)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cnnkeras.layers.backbones.backbone import Backbone, Depths
from cnnkeras.layers.backbones.tally import Tally
from cnnkeras.layers.fields import Count


class DenseNetBackbone(Backbone):
    """Every layer of a block takes all that came before it in the block. Level P2 is the first block's."""

    type: Literal["DenseNetBackbone"]
    stackwise_num_repeats: Depths
    compression_ratio: Annotated[float, Field(gt=0, le=1)] = 0.5
    growth_rate: Count = 32

    @property
    def level_names(self) -> tuple[str, ...]:
        """Give P2 and one more for every further block."""
        return tuple(f"P{number + 2}" for number in range(len(self.stackwise_num_repeats)))

    def walk(self, tally: Tally) -> None:
        """Lead a map through the stem, the blocks with transitions between them, and the last normalization."""
        tally.convolution(64, 7, 2, normalized=True)
        tally.shrink(2)
        for stack, repeats in enumerate(self.stackwise_num_repeats):
            if stack:
                tally.normalization()
                tally.convolution(int(tally.channels * self.compression_ratio))
                tally.shrink(2, cut_off=True)
            for _ in range(repeats):
                self._layer(tally)
            tally.level(stack + 2)
        tally.normalization()

    def _layer(self, tally: Tally) -> None:
        channels = tally.channels
        tally.normalization()
        tally.convolution(4 * self.growth_rate, normalized=True)
        tally.convolution(self.growth_rate, 3)
        tally.channels = channels + self.growth_rate
