"""What is trained: a network's file, and how many pictures of which data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Workload:
    """One network and the amount of work; batch size, learning rate and input shape are those of its file."""

    name: str
    file: Path
    train_images: int
    test_images: int
    epochs: int

    @cached_property
    def document(self) -> dict[str, Any]:
        """Give the content of the network's file."""
        content: dict[str, Any] = json.loads(self.file.read_text(encoding="utf-8"))
        return content

    @property
    def shape(self) -> tuple[int, int, int]:
        """Give the input's height, width and channels."""
        height, width, channels = self.document["input"]["shape"]
        return height, width, channels

    @property
    def batch_size(self) -> int:
        """Give the pictures of a step."""
        return int(self.document["training"]["batch_size"])

    @property
    def learning_rate(self) -> float:
        """Give Adam's learning rate."""
        return float(self.document["training"]["optimizer"]["learning_rate"])


_NETWORKS = Path(__file__).parent / "networks"

WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("lenet5", _NETWORKS / "lenet5.json", 12_800, 5_000, 4),
        Workload("vgg_like", _NETWORKS / "vgg_like.json", 1_600, 1_000, 3),
        Workload("residual20", _NETWORKS / "residual20.json", 3_200, 1_000, 3),
    )
}
