"""The networks for small pictures."""

from __future__ import annotations

import torch
from torch import nn

from benchmarks.contestants.torch_networks.parts import convolution


def lenet5() -> nn.Module:
    """Give LeNet-5 with full connections."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 5, padding=2),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Conv2d(6, 16, 5),
        nn.Tanh(),
        nn.AvgPool2d(2),
        nn.Flatten(),
        nn.Linear(400, 120),
        nn.Tanh(),
        nn.Linear(120, 84),
        nn.Tanh(),
        nn.Linear(84, 10),
    )


def vgg_like() -> nn.Module:
    """Give six 3×3 convolutions."""
    layers: list[nn.Module] = []
    before = 3
    for filters in (32, 64, 128):
        layers += [nn.Conv2d(before, filters, 3, padding=1), nn.ReLU(inplace=True)]
        layers += [nn.Conv2d(filters, filters, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)]
        before = filters
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(8192, 128), nn.ReLU(inplace=True), nn.Linear(128, 10))


class Residual(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, before: int, filters: int, stride: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            convolution(before, filters, stride=stride), nn.ReLU(inplace=True), convolution(filters, filters)
        )
        self.shortcut = nn.Identity() if stride == 1 else convolution(before, filters, 1, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add the two ways."""
        return torch.relu_(self.main(x) + self.shortcut(x))


def residual20() -> nn.Module:
    """Give the 20-layer residual net."""
    return _residual(3)


def resnet56() -> nn.Module:
    """Give the 56-layer residual net."""
    return _residual(9)


def _residual(blocks: int) -> nn.Module:
    layers: list[nn.Module] = [convolution(3, 16), nn.ReLU(inplace=True)]
    before = 16
    strides_of = {16: [1] * blocks, 32: [2, *[1] * (blocks - 1)], 64: [2, *[1] * (blocks - 1)]}
    for filters, stride in ((filters, stride) for filters, every in strides_of.items() for stride in every):
        layers.append(Residual(before, filters, stride))
        before = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
