"""What must hold for every detector: any number of boxes, any side, any precision, saved and served."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import pytest

from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.source import Data, Part
from cnnkeras.model.builder import build_model
from cnnkeras.serving.endpoints import SERVING_DEFAULT, Endpoints
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
    import tensorflow as tf

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


Make = Callable[..., Experiment]


@pytest.mark.parametrize("head", HEADS)
def test_it_learns(tmp_path: Path, head: str) -> None:
    """A head would be checked, built and trained, and find nothing ever."""
    experiment = make(tmp_path, HEADS[head], epochs=20, optimizer={"type": "Adam", "learning_rate": 0.01})
    model, trained = experiment.train(experiment.create_run())
    assert trained.monitor == "val_map"
    assert trained.history[-1]["loss"] < 0.8 * trained.history[0]["loss"]
    assert max(row["val_map_50"] for row in trained.history) > trained.history[0]["val_map_50"]
    found = experiment.evaluate(model, "train").table
    # Class 0 is one like any other.
    assert found["map_50"].min() > 0


@pytest.mark.parametrize("head", HEADS)
def test_any_number_of_boxes(tmp_path: Path, head: str) -> None:
    """A part with an empty picture, or one of hundreds of boxes, would make the loss no number, or fail."""
    random = np.random.default_rng(0)
    crowded = [picture(random, (64, 64), count) for count in (0, 1, 300, 0, 2)]
    empty = [picture(random, (40, 20), 0) for _ in range(3)]
    experiment = make(
        tmp_path,
        HEADS[head],
        {name: part_of(name, crowded if name == "train" else empty) for name in ("train", "test")},
    )
    model = build_model(experiment.architecture)
    loss = experiment.task.loss(experiment.architecture)
    for images, labels in batches(experiment.data.parts["train"], experiment.architecture, 5, False):
        assert labels.shape == (5, 300, 5)
        assert np.isfinite(loss(labels, model(images)))
    assert 0 <= experiment.evaluate(model, "train").metrics["map"] <= 1
    nothing = experiment.evaluate(model).metrics
    assert np.isfinite(nothing["loss"])
    assert (nothing["map"], nothing["recall"]) == (0, 0)


@pytest.mark.parametrize("shape", [(32, 32), (35, 50), (64, 24)])
def test_any_side_and_tiny_pictures(tmp_path: Path, shape: tuple[int, int]) -> None:
    """Only pictures, and inputs, of some sizes could be trained on and served."""
    random = np.random.default_rng(0)
    tiny = [picture(random, size, 1) for size in ((1, 1), (3, 9), (20, 4), (90, 31))]
    parts = {name: part_of(name, tiny) for name in ("train", "validation", "test")}
    experiment = make(tmp_path, HEADS["padded"], parts, shape, epochs=1)
    model, _ = experiment.train(experiment.create_run())
    assert np.isfinite(experiment.evaluate(model).metrics["loss"])
    endpoints = Endpoints(model, experiment.architecture, experiment.task, NAMES)
    for image, _, _ in tiny:
        answer = endpoints.functions()[SERVING_DEFAULT][0](keras.ops.convert_to_tensor(image[None], "float32"))
        assert (np.asarray(answer["boxes"])[0] <= [image.shape[1], image.shape[0]] * 2).all()


@pytest.mark.parametrize("precision", ["mixed_bfloat16"])
def test_half_the_bits(tmp_path: Path, precision: str) -> None:
    """The loss would overflow, or what is found be another thing than in float32."""
    losses = {}
    for name in ("float32", precision):
        (tmp_path / name).mkdir()
        experiment = make(tmp_path / name, precision=name)
        model, trained = experiment.train(experiment.create_run())
        losses[name] = [row["loss"] for row in trained.history]
        assert np.isfinite(experiment.evaluate(model).metrics["loss"])
    assert losses[precision] == pytest.approx(losses["float32"], rel=0.05)


def test_a_saved_network_finds_the_same(tmp_path: Path) -> None:
    """model.keras would load as another network, or not at all."""
    experiment = make(tmp_path, epochs=1)
    run = experiment.create_run()
    model, _ = experiment.train(run)
    loaded = keras.models.load_model(run.model)
    assert experiment.evaluate(loaded).metrics == pytest.approx(experiment.evaluate(model).metrics, rel=1e-5)
