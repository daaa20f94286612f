"""What the training's tests share: a file, data made from nothing, and a run in a temporary folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from cnnkeras.datasets.source import Data, Part
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.data import DataSection
from cnnkeras.spec.load import load_architecture
from cnnkeras.spec.task import Registry
from cnnkeras.tasks import TASKS
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.run_directory import RunDirectory

CLASSES = ("dark", "middle", "bright")
PLAIN: list[dict[str, Any]] = [
    {"type": "Conv2D", "filters": 4, "kernel_size": 3, "activation": "relu"},
    {"type": "GlobalAveragePooling2D"},
    {"type": "Dense", "units": "num_classes", "activation": "softmax"},
]
LAYERS = [PLAIN[0], {"type": "Dropout", "rate": 0.25}, *PLAIN[1:]]


class Made(DataSection):
    source: Literal["made"]

    def class_names(self) -> tuple[str, ...] | None:
        return CLASSES


@dataclass
class Experiment:
    """One experiment on made-up pictures, whose class is how bright they are."""

    folder: Path
    architecture: Architecture
    data: Data

    @property
    def task(self) -> TrainableTask:
        task = self.architecture.task
        assert isinstance(task, TrainableTask)
        return task

    def create_run(self) -> RunDirectory:
        return RunDirectory.create(self.folder / "runs", self.architecture.name, self.architecture.resolved, {})

    def reopen_run(self, path: Path) -> RunDirectory:
        return RunDirectory.resume(path)

    def train(
        self, run: RunDirectory, *callbacks: Any, on_restored: Callable[[], None] | None = None, joined: Any = None
    ) -> tuple[Any, Any]:
        """Build and train as the command does; give the network and the outcome."""
        from cnnkeras.training.initial_weights import build_to_train
        from cnnkeras.training.setup import prepare
        from cnnkeras.training.trainer import train

        setup = prepare(self.architecture, self.data.parts["train"].size, joined)
        model, _ = build_to_train(self.architecture, setup)
        return model, train(model, self.architecture, self.task, self.data, run, setup, callbacks, on_restored)


def make_experiment(
    folder: Path,
    layers: list[dict[str, Any]] | None = None,
    outputs: list[str] | None = None,
    plain: bool = False,
    data: dict[str, Any] | None = None,
    **training: Any,
) -> Experiment:
    """Write a file with this training section and load it, with data of its own."""
    content = {
        **({"outputs": outputs} if outputs else {}),
        "name": "made",
        "task": "classification",
        "input": {"shape": [8, 8, 1]},
        "layers": layers or (PLAIN if plain else LAYERS),
        "data": {"source": "made", **(data or {})},
        # One step at a time is traced faster, and what most tests ask does not depend on it.
        "training": {"epochs": 3, "batch_size": 16, "precision": "float32", "steps_per_execution": 1, **training},
    }
    (folder / "file.json").write_text(json.dumps(content, indent=1))
    loaded = load_architecture(folder / "file.json", (), Registry(sources={"made": Made}, tasks=TASKS))
    assert loaded.architecture is not None
    assert not loaded.diagnostics, loaded.diagnostics
    sizes = {"train": 90, "validation": 30, "test": 30}
    parts = {name: part(name, size) for name, size in sizes.items()}
    return Experiment(folder, loaded.architecture.with_num_classes(len(CLASSES)), Data(parts, CLASSES))


def part(name: str, size: int) -> Part:
    """Make pictures of three brightnesses with noise, the same ones every time."""
    random = np.random.default_rng(len(name))
    labels = np.arange(size) % len(CLASSES)
    images = (labels * 80 + 40)[:, None, None, None] + random.integers(-40, 40, (size, 8, 8, 1))

    def examples() -> Any:
        import tensorflow as tf

        return tf.data.Dataset.from_tensor_slices({"image": images.astype(np.uint8), "label": labels.astype(np.int64)})

    return Part(name, size, examples)


Make = Callable[..., Experiment]


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    """Give `make_experiment` for a temporary folder, which is the current one."""
    monkeypatch.chdir(tmp_path)

    def make_it(*arguments: Any, **sections: Any) -> Experiment:
        return make_experiment(Path(), *arguments, **sections)

    return make_it
