"""The U-Net of networks/unet.json."""

from __future__ import annotations

import torch
from torch import nn

from benchmarks.contestants.torch_networks.parts import convolution


class UNet(nn.Module):
    """Five levels: what the encoder has found at each goes to the decoder beside what comes from below."""

    def __init__(self, channels: int = 1, classes: int = 11, filters: tuple[int, ...] = (16, 32, 64, 128, 256)) -> None:
        super().__init__()
        before = (channels, *filters[:-1])
        self.encoder = nn.ModuleList(map(_two_convolutions, before, filters))
        self.pool = nn.MaxPool2d(2)
        above, below = filters[-2::-1], filters[:0:-1]
        self.enlarge = nn.ModuleList(nn.ConvTranspose2d(*pair, 2, 2) for pair in zip(below, above, strict=True))
        self.decoder = nn.ModuleList(_two_convolutions(2 * count, count) for count in above)
        self.head = nn.Conv2d(filters[0], classes, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give the classes' logits of every pixel, `(batch, classes, height, width)`."""
        *levels, bottom = self.encoder
        skips = []
        for level in levels:
            skips.append(level(x))
            x = self.pool(skips[-1])
        x = bottom(x)
        for enlarge, decode, skip in zip(self.enlarge, self.decoder, reversed(skips), strict=True):
            x = decode(torch.cat([skip, enlarge(x)], 1))
        return self.head(x)  # type: ignore[no-any-return]  # a module's call has no type


def _two_convolutions(before: int, filters: int) -> nn.Sequential:
    first, second = convolution(before, filters), convolution(filters, filters)
    return nn.Sequential(first, nn.ReLU(inplace=True), second, nn.ReLU(inplace=True))
