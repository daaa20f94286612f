"""What holds for every task, held for masks: mixed precision, two replicas, resume, export."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from cnnkeras.cli import main

ROOT = Path(__file__).resolve().parents[2]

# A U-Net of one level: normalization, a skip connection, a transposed convolution, the border mirrored.
LAYERS = [
    {"type": "Conv2D", "filters": 4, "kernel_size": 3, "padding": "reflect", "name": "skip"},
    {"type": "MaxPooling2D", "pool_size": 2},
    {"type": "Conv2D", "filters": 8, "kernel_size": 3, "padding": "reflect", "use_bias": False},
    {"type": "BatchNormalization"},
    {"type": "ReLU"},
    {"type": "Conv2DTranspose", "filters": 4, "kernel_size": 2, "strides": 2, "name": "up"},
    {"type": "Concatenate", "inputs": ["skip", "up"]},
    {"type": "Conv2D", "filters": "num_classes", "kernel_size": 1, "activation": "softmax"},
]


def write(folder: Path, **training: Any) -> Path:
    """Write a small experiment whose pictures are tiled and have augmentation."""
    content = {
        "name": "small",
        "task": "segmentation",
        "input": {"shape": [16, 16, 1], "resize": "tile"},
        "layers": LAYERS,
        "data": {
            "source": "scenes",
            "size": [32, 40],
            "count": {"train": 4, "validation": 2, "test": 2},
            "augmentation": [{"type": "RandomFlip"}],
        },
        "training": {"epochs": 2, "batch_size": 4, "monitor": "loss", **training},
    }
    file = folder / "small.json"
    file.write_text(json.dumps(content))
    return file


def run(file: Path, runs: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    assert main([str(file), "--runs", str(runs)]) == 0
    return Path(capsys.readouterr().out.splitlines()[-1])


def history(run: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((run / "history.csv").read_text().splitlines()))


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision(precision: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mixed network of masks would not learn, count pixels in eight bits, or fail when it is exported."""
    finished = run(write(tmp_path, precision=precision), tmp_path / "runs", capsys)
    losses = [float(row["loss"]) for row in history(finished)]
    assert losses[1] < losses[0] < 4
    assert (finished / "export" / "1" / "saved_model.pb").is_file()
    metrics = json.loads((finished / "metrics.json").read_text())["test"]
    assert all(0 <= metrics[name] <= 1 for name in ("accuracy", "mean_iou"))


def test_resume(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A training that was stopped would come out otherwise than one that was not."""
    whole = run(write(tmp_path, deterministic=True), tmp_path / "whole", capsys)
    half = run(write(tmp_path, deterministic=True, epochs=1), tmp_path / "half", capsys)
    (half / "UNFINISHED").touch()
    assert main(["--resume", str(half), "training.epochs=2"]) == 0
    first, second = (keras.models.load_model(each / "model.keras").get_weights() for each in (whole, half))
    assert len(history(half)) == 2
    for one, other in zip(first, second, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-6)


@pytest.mark.slow
def test_two_replicas(tmp_path: Path) -> None:
    """A network of masks would learn something else on two devices than on one."""
    # Of both kinds of loss: one counts pixels, one whole regions.
    loss = {"type": "Sum", "losses": ["SparseCategoricalCrossentropy", {"type": "Dice", "axis": [0, 1, 2]}]}
    file = write(tmp_path, loss=loss)
    content = json.loads(file.read_text())
    content["data"].pop("augmentation")
    # Each replica normalizes by its own share, as with Keras: without that, everything is the same. The tiles have
    # void pixels, some more than others.
    content["layers"] = [layer for layer in content["layers"] if layer["type"] != "BatchNormalization"]
    file.write_text(json.dumps(content))
    done = subprocess.run(
        [sys.executable, "run.py", "verify", str(file)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
