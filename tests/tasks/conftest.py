"""What the tasks' tests share: an architecture from its layers, with data of so many classes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.data import DataSection
from cnnkeras.spec.load import load_architecture
from cnnkeras.spec.task import Registry
from cnnkeras.tasks import TASKS
from cnnkeras.tasks.task import TrainableTask

Write = Callable[..., Architecture]
VECTOR = [{"type": "Flatten"}]
NAMES = ("cat", "dog", "owl")
# The own sizes of five pictures that were asked about.
SIZES = np.full((5, 2), 8, np.int32)


class Counted(DataSection):
    tasks = ("classification", "segmentation", "detection")

    source: Literal["counted"]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Give a function that makes an architecture of these layers."""
    monkeypatch.chdir(tmp_path)

    def write_it(
        *layers: dict[str, Any], classes: int | None = 3, task: str = "classification", **sections: Any
    ) -> Architecture:
        content = {
            "task": task,
            "input": {"shape": [8, 8, 1]},
            "layers": [*(VECTOR if task == "classification" else []), *layers],
            "data": {"source": "counted", "num_classes": classes},
            **sections,
        }
        Path("file.json").write_text(json.dumps(content))
        loaded = load_architecture("file.json", (), Registry(sources={"counted": Counted}, tasks=TASKS))
        assert loaded.architecture is not None
        assert not loaded.diagnostics, loaded.diagnostics
        return loaded.architecture

    return write_it


def task_of(architecture: Architecture) -> TrainableTask:
    task = architecture.task
    assert isinstance(task, TrainableTask)
    return task


def dense(units: int | str = 3, activation: str | None = "softmax", **fields: Any) -> dict[str, Any]:
    return {"type": "Dense", "units": units, **({"activation": activation} if activation else {}), **fields}


def convolution(filters: int | str = 3, activation: str | None = "softmax", **fields: Any) -> dict[str, Any]:
    kernel = {"kernel_size": 1, **fields}
    return {"type": "Conv2D", "filters": filters, **({"activation": activation} if activation else {}), **kernel}
