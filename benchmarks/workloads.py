"""What is trained: a network's file, and how many pictures of which data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Workload:
    """One network and the amount of work, trained by Adam.

    It replaces the file's own `training`, which may be tuned with what a short comparison has no use for.
    """

    name: str
    file: Path
    train_images: int
    test_images: int
    batch_size: int
    epochs: int
    learning_rate: float = 0.001

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """Give the input's height, width and channels, as the file has them."""
        height, width, channels = json.loads(self.file.read_text(encoding="utf-8"))["input"]["shape"]
        return height, width, channels

    def training(self, epochs: int) -> dict[str, Any]:
        """Give the `training` section; precision and all else that may be is left to "auto"."""
        optimizer = {"type": "Adam", "learning_rate": self.learning_rate}
        return {"epochs": epochs, "batch_size": self.batch_size, "optimizer": optimizer}


_NETWORKS = Path(__file__).parent / "networks"

WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("lenet5", _NETWORKS / "lenet5.json", 12_800, 5_000, 64, 4),
        Workload("vgg_like", _NETWORKS / "vgg_like.json", 1_600, 1_000, 32, 3),
        Workload("residual20", _NETWORKS / "residual20.json", 3_200, 1_000, 64, 3),
        Workload("resnet56", _NETWORKS / "resnet56.json", 1_600, 1_000, 64, 3),
    )
}
