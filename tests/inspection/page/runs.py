"""Runs written by hand, so that a page is tested without a training, and without TensorFlow."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cnnkeras.commands.reading import examine
from cnnkeras.inspection.page.record import Record
from cnnkeras.training.run_directory import RunDirectory

LENET5 = "architectures/lenet5.json"
CLASSES = tuple("0123456789")


def png(width: int = 40, height: int = 20) -> bytes:
    """Give a small grey picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + b"\x80" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def course(epochs: int, start: float, end: float) -> list[float]:
    """Give figures that come nearer to an end from epoch to epoch."""
    return [float(end + (start - end) * 0.7**epoch) for epoch in range(epochs)]


def table(classes: Sequence[str] = CLASSES) -> pd.DataFrame:
    """Give a table by class in which everything is well."""
    count = len(classes)
    return pd.DataFrame(
        {
            "class": classes,
            "precision": np.linspace(0.96, 1.0, count),
            "recall": np.linspace(1.0, 0.97, count),
            "f1": np.linspace(0.98, 0.99, count),
            "support": [300] * count,
            "most_confused_with": [""] * count,
            "times": [0] * count,
        }
    )


def write_run(
    folder: Path,
    file: str = LENET5,
    history: dict[str, Sequence[float]] | None = None,
    by_class: pd.DataFrame | None = None,
    metrics: dict[str, dict[str, float]] | None = None,
    figures: Sequence[str] = ("predictions", "worst", "confusion_matrix", "curves"),
    changes: Sequence[str] = (),
    **outcome: Any,
) -> Path:
    """Write a run's folder as a training leaves it, as far as the pages read it."""
    architecture, _ = examine(file, changes)
    columns = history or {
        "loss": course(12, 2.3, 0.1),
        "accuracy": course(12, 0.3, 0.985),
        "val_loss": course(12, 2.2, 0.12),
        "val_accuracy": course(12, 0.35, 0.98),
    }
    epochs = len(next(iter(columns.values())))
    rate = {"learning_rate": np.linspace(0.003, 0.001, epochs), "seconds": [1.5] * epochs}
    speed = {"images_per_second": [100.0, *[2000.0] * epochs][:epochs]}
    run = RunDirectory(folder)
    run.figures.mkdir(parents=True)
    frame = pd.DataFrame({"epoch": range(1, epochs + 1), **rate, **speed, **columns})
    frame.to_csv(run.history, index=False)
    for name in figures:
        (run.figures / f"{name}.png").write_bytes(png())
    (table() if by_class is None else by_class).to_csv(folder / "test_by_class.csv", index=False)
    measured = metrics or {"validation": {"loss": 0.12, "accuracy": 0.98}, "test": {"loss": 0.13, "accuracy": 0.975}}
    best = int(np.argmax(columns["val_accuracy"])) + 1 if columns.get("val_accuracy") else None
    content = {
        "monitor": "val_accuracy",
        "mode": "max",
        "best_epoch": best,
        "message": None,
        "data": {
            "parts": {"train": 9000, "validation": 1500, "test": 3000},
            "picture": [28, 28, 1],
            "classes": CLASSES,
            "notes": ["2 pictures were turned upright"],
        },
        **outcome,
    }
    environment = {
        "command": ["run.py", file],
        "seed": 7,
        "python": "3.11.9",
        "versions": {"keras": "3.15.1"},
        "devices": {"value": ["CPU:0"], "reason": "there is no GPU"},
    }
    for path, value in (
        (run.architecture, architecture.resolved),
        (run.environment, environment),
        (run.metrics, measured),
        (run.outcome, content),
    ):
        path.write_text(json.dumps(value), encoding="utf-8")
    return folder


def record(folder: Path) -> Record:
    """Read a run's folder."""
    return Record.read(RunDirectory(folder), examine(folder / "architecture.json")[0])
