"""The network of architectures/yolov8n_scenes.json, layer by layer, after its description there."""

from __future__ import annotations

from math import log

import torch
from torch import nn

from benchmarks.contestants.torch_networks.parts import convolution

BINS = 16
SIDES = 4
# As many objects of any class are expected in a picture before anything is learned.
EXPECTED_OBJECTS = 5.0
MOST_PROBABLE = 0.1


class CrossStage(nn.Module):
    """Pairs of convolutions on half of the channels, each on what the one before gave; all is kept and joined."""

    def __init__(self, before: int, filters: int, depth: int = 1, shortcut: bool = True) -> None:
        super().__init__()
        half = filters // 2
        self.shortcut = shortcut
        self.first = _convolution(before, filters)
        self.pairs = nn.ModuleList(
            nn.Sequential(_convolution(half, half, 3), _convolution(half, half, 3)) for _ in range(depth)
        )
        self.last = _convolution(filters + depth * half, filters)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give the joined maps."""
        kept = list(self.first(x).chunk(2, 1))
        for pair in self.pairs:
            new = pair(kept[-1])
            kept.append(new + kept[-1] if self.shortcut else new)
        return self.last(torch.cat(kept, 1))  # type: ignore[no-any-return]  # a module's call has no type


class PyramidPooling(nn.Module):
    """Maxima over ever larger neighbourhoods, beside each other."""

    def __init__(self, filters: int) -> None:
        super().__init__()
        self.narrow = _convolution(filters, filters // 2)
        self.pool = nn.MaxPool2d(5, 1, padding=2)
        self.last = _convolution(2 * filters, filters)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give the joined maps."""
        pooled = [self.narrow(x)]
        for _ in range(3):
            pooled.append(self.pool(pooled[-1]))
        return self.last(torch.cat(pooled, 1))  # type: ignore[no-any-return]  # a module's call has no type


class Head(nn.Module):
    """Two branches for one level: the logits of the sides' distances, and those of the classes."""

    def __init__(self, before: int, classes: int) -> None:
        super().__init__()
        self.sides, self.classes = (
            nn.Sequential(_convolution(before, 64, 3), _convolution(64, 64, 3), nn.Conv2d(64, numbers, 1))
            for numbers in (SIDES * BINS, classes)
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give a row a place, `(batch, places, 4 · BINS + classes)`."""
        return torch.cat([self.sides(x), self.classes(x)], 1).flatten(2).transpose(1, 2)


class YOLOv8(nn.Module):
    """YOLOv8n: a backbone, a neck that goes up and down again, and three heads at strides 8, 16 and 32."""

    priors: torch.Tensor

    def __init__(self, channels: int = 1, classes: int = 10, *, side: int) -> None:
        super().__init__()
        stem = [_convolution(channels, 16, 3, 2), _convolution(16, 32, 3, 2), CrossStage(32, 32)]
        self.backbone3 = nn.Sequential(*stem, _convolution(32, 64, 3, 2), CrossStage(64, 64, 2))
        self.backbone4 = nn.Sequential(_convolution(64, 128, 3, 2), CrossStage(128, 128, 2))
        self.backbone5 = nn.Sequential(_convolution(128, 256, 3, 2), CrossStage(256, 256), PyramidPooling(256))
        self.enlarge = nn.Upsample(scale_factor=2)
        self.neck4 = CrossStage(256 + 128, 128, shortcut=False)
        self.neck3 = CrossStage(128 + 64, 64, shortcut=False)
        self.down3, self.level4 = _convolution(64, 64, 3, 2), CrossStage(64 + 128, 128, shortcut=False)
        self.down4, self.level5 = _convolution(128, 128, 3, 2), CrossStage(128 + 256, 256, shortcut=False)
        self.heads = nn.ModuleList(Head(filters, classes) for filters in (64, 128, 256))
        # One number a level and class, kept and not trained, as the file's DetectionHead has them.
        self.places = [(side // stride) ** 2 for stride in (8, 16, 32)]
        self.register_buffer("priors", torch.tensor([[_prior(places, classes)] * classes for places in self.places]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Give a row a place, the finest level's first: `(batch, places, 4 · BINS + classes)`."""
        third = self.backbone3(x)
        fourth = self.backbone4(third)
        fifth = self.backbone5(fourth)
        neck4 = self.neck4(torch.cat([self.enlarge(fifth), fourth], 1))
        level3 = self.neck3(torch.cat([self.enlarge(neck4), third], 1))
        level4 = self.level4(torch.cat([self.down3(level3), neck4], 1))
        level5 = self.level5(torch.cat([self.down4(level4), fifth], 1))
        priors = nn.functional.pad(self.priors, (SIDES * BINS, 0))
        rows = zip(self.heads, (level3, level4, level5), priors, strict=True)
        return torch.cat([head(level) + prior for head, level, prior in rows], 1)


def _convolution(before: int, filters: int, kernel_size: int = 1, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(*convolution(before, filters, kernel_size, stride, momentum=0.97), nn.SiLU())


def _prior(places: int, classes: int) -> float:
    """Give the logit of the probability that a class is at one of a level's places."""
    probability = min(EXPECTED_OBJECTS / classes / places, MOST_PROBABLE)
    return log(probability / (1 - probability))
