"""VGG (Simonyan and Zisserman, arXiv:1409.1556)."""

from __future__ import annotations

from typing import Literal

from cnnkeras.layers.backbones.backbone import Backbone
from cnnkeras.layers.backbones.tally import Tally

# Convolutions and filters of its blocks.
BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))


class VGG16Backbone(Backbone):
    """The convolutions of VGG16. Level P1 is the first block's, after its pooling."""

    type: Literal["VGG16Backbone"]

    @property
    def joins_batch(self) -> bool:
        """Tell that it has no batch statistics, which the other backbones have."""
        return False

    @property
    def level_names(self) -> tuple[str, ...]:
        """Give P1 to P5."""
        return tuple(f"P{number + 1}" for number in range(len(BLOCKS)))

    def walk(self, tally: Tally) -> None:
        """Lead a map through the five blocks."""
        for number, (count, filters) in enumerate(BLOCKS):
            for _ in range(count):
                tally.convolution(filters, 3, bias=True)
            tally.shrink(2, cut_off=True)
            tally.level(number + 1)
