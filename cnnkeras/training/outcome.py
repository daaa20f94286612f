"""What came of a training and on which data, as outcome.json keeps it for those who read the run later."""

from __future__ import annotations

from typing import Any

from cnnkeras.datasets.source import Data
from cnnkeras.spec.architecture import Architecture
from cnnkeras.training.monitor import direction
from cnnkeras.training.trainer import Trained


def describe_outcome(trained: Trained, architecture: Architecture, data: Data) -> dict[str, Any]:
    """Give the content of outcome.json."""
    return {
        "monitor": trained.monitor,
        "mode": direction(architecture, trained.monitor),
        "best_epoch": trained.best_epoch,
        "message": trained.message,
        "data": {
            "parts": {name: part.size for name, part in data.parts.items()},
            "picture": list(data.parts["train"].examples().element_spec["image"].shape),
            "classes": list(data.class_names),
            "notes": [*data.notes, *data.remarks],
        },
    }
