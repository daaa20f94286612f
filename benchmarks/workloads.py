"""What is trained: a network's file, and how many pictures of which data."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

Task = Literal["classification", "segmentation", "detection"]


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
    task: Task = "classification"
    learning_rate: float = 0.001
    # A processor takes minutes for it: it is trained where there is a GPU, or where it is named. On a GPU everybody
    # computes it in bfloat16.
    for_gpu: bool = False

    @cached_property
    def shape(self) -> tuple[int, int, int]:
        """Give the input's height, width and channels, as the file has them."""
        height, width, channels = json.loads(self.file.read_text(encoding="utf-8"))["input"]["shape"]
        return height, width, channels

    def training(self, epochs: int) -> dict[str, Any]:
        """Give the `training` section; precision and all else that may be is left to "auto"."""
        optimizer = {"type": "Adam", "learning_rate": self.learning_rate}
        return {"epochs": epochs, "batch_size": self.batch_size, "optimizer": optimizer}

    def with_images(self, count: int | None) -> Workload:
        """Give the same with so many pictures to train on and at most as many to test; None changes nothing.

        Raises ValueError where they are no whole number of batches: the last would be traced again while it is timed.
        """
        if count is None:
            return self
        batch_size = min(self.batch_size, count)
        if batch_size < 1 or count % batch_size:
            raise ValueError(f"{self.name}: {count} pictures are no whole number of batches of {self.batch_size}")
        return replace(self, train_images=count, test_images=min(self.test_images, count), batch_size=batch_size)


_NETWORKS = Path(__file__).parent / "networks"
_ARCHITECTURES = Path(__file__).parents[1] / "architectures"

WORKLOADS = {
    workload.name: workload
    for workload in (
        Workload("lenet5", _NETWORKS / "lenet5.json", 12_800, 5_000, 64, 4),
        Workload("vgg_like", _NETWORKS / "vgg_like.json", 1_600, 1_000, 32, 3),
        Workload("residual20", _NETWORKS / "residual20.json", 3_200, 1_000, 64, 3),
        Workload("resnet56", _NETWORKS / "resnet56.json", 1_600, 1_000, 64, 3),
        Workload("unet", _NETWORKS / "unet.json", 640, 96, 16, 3, "segmentation"),
        Workload("yolov8n", _NETWORKS / "yolov8n.json", 96, 48, 16, 3, "detection"),
        Workload("yolov8n_scenes", _ARCHITECTURES / "yolov8n_scenes.json", 768, 192, 32, 3, "detection"),
        Workload("resnet50", _NETWORKS / "resnet50.json", 2_560, 512, 64, 4, for_gpu=True),
    )
}
