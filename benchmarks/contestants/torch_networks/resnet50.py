"""ResNet-50 with the strides where its paper has them, on the first 1×1 convolution; torchvision's has them on the 3×3.

He, Zhang, Ren, Sun 2015, arXiv:1512.03385.
"""

from __future__ import annotations

import torch
from torch import nn

from benchmarks.contestants.torch_networks.parts import convolution


class Bottleneck(nn.Module):
    """Three convolutions beside a shortcut, which is one itself where the size or the channels change."""

    def __init__(self, before: int, filters: int, stride: int) -> None:
        super().__init__()
        self.main = nn.Sequential(
            _convolution(before, filters, 1, stride),
            nn.ReLU(inplace=True),
            _convolution(filters, filters),
            nn.ReLU(inplace=True),
            _convolution(filters, 4 * filters, 1),
        )
        same = before == 4 * filters and stride == 1
        self.shortcut = nn.Identity() if same else _convolution(before, 4 * filters, 1, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Add the two ways."""
        return torch.relu_(self.main(x) + self.shortcut(x))


def resnet50() -> nn.Module:
    """Give ResNet-50 for ten classes."""
    layers: list[nn.Module] = [_convolution(3, 64, 7, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, padding=1)]
    before = 64
    for filters, count, stride in ((64, 3, 1), (128, 4, 2), (256, 6, 2), (512, 3, 2)):
        for number in range(count):
            layers.append(Bottleneck(before, filters, stride if number == 0 else 1))
            before = 4 * filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 10))


def _convolution(before: int, filters: int, kernel_size: int = 3, stride: int = 1) -> nn.Sequential:
    # As keras.applications has it: biases before the normalization, which change nothing, and numbers of its own.
    return convolution(before, filters, kernel_size, stride, bias=True, epsilon=1.001e-5, momentum=0.99)
