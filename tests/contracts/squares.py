"""Detectors of squares, small enough to be trained in a test.

    python -m tests.contracts.squares FOLDER PRECISION

trains on one device and on two, which have to be made before TensorFlow starts, and prints the losses of both.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tensorflow as tf

from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.source import Data, Part
from cnnkeras.model.builder import build_model
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.data import DataSection
from cnnkeras.spec.load import load_architecture
from cnnkeras.spec.task import Registry
from cnnkeras.tasks import TASKS
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.setup import prepare
from cnnkeras.training.trainer import train
from tests.tasks.detection import small_head

NAMES = ("dark", "bright")
GRID = [
    {"type": "Conv2D", "filters": 7, "kernel_size": 8, "strides": 8, "activation": "sigmoid"},
    {"type": "GridHead", "boxes": 1},
]
# A convolution halves thrice in front of the small head, so that padding to 8 is needed for every side.
HEADS = {
    "anchor-free": small_head.LAYERS,
    "grid": GRID,
    "padded": [{"type": "PadToMultiple", "multiple": 8}, *small_head.LAYERS],
}

PRECISIONS = ("float32", "mixed_bfloat16", "mixed_float16")

Label = tuple[np.ndarray, np.ndarray, np.ndarray]


class Squares(DataSection):
    """Stands for a source of bright and dark squares; `parts_of` gives the pictures."""

    tasks = ("detection",)

    source: Literal["squares"]

    def class_names(self) -> tuple[str, ...]:
        return NAMES


@dataclass
class Experiment:
    architecture: Architecture
    data: Data
    folder: Path

    @property
    def task(self) -> TrainableTask:
        task = self.architecture.task
        assert isinstance(task, TrainableTask)
        return task

    def train(self, run: RunDirectory, *callbacks: Any) -> tuple[Any, Any]:
        """Build and train as the command does; give the network and the outcome."""
        setup = prepare(self.architecture, self.data.parts["train"].size)
        with setup.strategy.value.scope():
            model = build_model(self.architecture, setup.precision.value)
        return model, train(model, self.architecture, self.task, self.data, run, setup, callbacks)

    def create_run(self) -> RunDirectory:
        return RunDirectory.create(self.folder / "runs", self.architecture.name, self.architecture.resolved, {})

    def evaluate(self, model: Any, name: str = "test") -> Any:
        part = self.data.parts[name]
        return self.task.evaluate(model, batches(part, self.architecture, 4, False), NAMES, self.architecture, part)


def picture(random: np.random.Generator, size: tuple[int, int], count: int) -> Label:
    """Make a grey picture with so many squares on it: class 0 dark, class 1 bright."""
    height, width = size
    image = random.integers(110, 140, (height, width, 1)).astype(np.uint8)
    boxes, classes = np.zeros((count, 4), np.float32), random.integers(0, 2, count)
    for index in range(count):
        side = max(1, int(min(size) * random.uniform(0.2, 0.5)))
        left, top = (int(random.integers(0, length - side + 1)) for length in (width, height))
        image[top : top + side, left : left + side] = (20, 235)[classes[index]]
        boxes[index] = left, top, left + side, top + side
    return image, boxes, classes.astype(np.int64)


def part_of(name: str, pictures: Sequence[Label]) -> Part:
    specs = {
        "image": tf.TensorSpec((None, None, 1), tf.uint8),
        "boxes": tf.TensorSpec((None, 4), tf.float32),
        "classes": tf.TensorSpec((None,), tf.int64),
    }

    def generate() -> Any:
        return (dict(zip(specs, label, strict=True)) for label in pictures)

    def examples() -> Any:
        return tf.data.Dataset.from_generator(generate, output_signature=specs)

    return Part(name, len(pictures), examples, len(NAMES))


def plain(name: str, count: int = 12) -> Part:
    random = np.random.default_rng(len(name))
    return part_of(name, [picture(random, (32, 32), 1 + index % 3) for index in range(count)])


def make(
    folder: Path,
    layers: list[dict[str, Any]] = small_head.LAYERS,
    parts: dict[str, Part] | None = None,
    shape: tuple[int, int] = (32, 32),
    **training: Any,
) -> Experiment:
    content = {
        "name": "squares",
        "task": "detection",
        "input": {"shape": [*shape, 1], "resize": "letterbox"},
        "layers": layers,
        "data": {"source": "squares"},
        "training": {"epochs": 2, "batch_size": 4, "precision": "float32", "steps_per_execution": 1, **training},
    }
    (folder / "squares.json").write_text(json.dumps(content))
    loaded = load_architecture(folder / "squares.json", (), Registry(sources={"squares": Squares}, tasks=TASKS))
    assert loaded.architecture is not None
    assert not loaded.diagnostics, loaded.diagnostics
    architecture = loaded.architecture.with_num_classes(len(NAMES))
    assert not architecture.task.check_training(architecture)
    given = parts or {name: plain(name) for name in ("train", "validation", "test")}
    return Experiment(architecture, Data(given, NAMES), folder)


def replicas(folder: Path, precision: str) -> None:
    """Print the losses of a training on one device and of the same on two.

    In one precision only: TensorFlow numbers what devices exchange anew for each strategy, and takes a number for a
    tensor of the type and shape that it had before.
    """
    processor = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(processor, [tf.config.LogicalDeviceConfiguration()] * 2)
    losses = []
    # Adam would hide a gradient of the wrong scale, and make a whole step of a rounding where there is hardly a gradient.
    changes = {"epochs": 2, "precision": precision, "optimizer": {"type": "SGD", "learning_rate": 0.01}}
    # The last batch of training has one picture more for the one than for the other.
    parts = {name: plain(name, count) for name, count in (("train", 15), ("validation", 14), ("test", 12))}
    for devices in (["CPU:0"], ["CPU:0", "CPU:1"]):
        experiment = make(folder, parts=parts, devices=devices, **changes)
        _, trained = experiment.train(experiment.create_run())
        losses.append([(row["loss"], row["val_loss"]) for row in trained.history])
    print(json.dumps(losses))


if __name__ == "__main__":
    replicas(Path(sys.argv[1]), sys.argv[2])
