"""Small networks and data of which everything is known, for the tests of inspection and serving."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.datasets.source import Data, Part
from cnnkeras.model.builder import build_model
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.data import DataSection
from cnnkeras.spec.load import load_architecture
from cnnkeras.spec.task import Registry
from cnnkeras.tasks import TASKS

CLASS_NAMES = ("ring", "5$ or 10$", "eine Katze")
LAYERS: list[dict[str, Any]] = [
    {"type": "RandomTranslation", "height_factor": 0.1, "width_factor": 0.1},
    {"type": "Conv2D", "name": "conv", "filters": 4, "kernel_size": 3, "padding": "reflect", "use_bias": False},
    {"type": "BatchNormalization", "name": "norm"},
    {"type": "ReLU", "name": "relu"},
    {"type": "MaxPooling2D", "name": "pool", "pool_size": 2},
    {"type": "Flatten"},
    {"type": "Dropout", "rate": 0.5},
    {"type": "Dense", "name": "head", "units": 3},
    {"type": "Softmax", "name": "answer"},
]


class Noise(DataSection):
    """Stands for a source of these three classes; `data` gives the pictures."""

    tasks = ("classification", "segmentation", "detection")

    source: Literal["noise"]

    def class_names(self) -> tuple[str, ...]:
        return CLASS_NAMES


def architecture_of(folder: Path, layers: list[dict[str, Any]] = LAYERS, **sections: Any) -> Architecture:
    """Write an architecture file and load it."""
    content = {
        "name": "small",
        "task": "classification",
        "input": {"shape": [8, 8, 1]},
        "layers": layers,
        "data": {"source": "noise"},
        **sections,
    }
    file = folder / "small.json"
    file.write_text(json.dumps(content), encoding="utf-8")
    loaded = load_architecture(file, (), Registry(sources={"noise": Noise}, tasks=TASKS))
    assert not loaded.diagnostics, "\n".join(map(str, loaded.diagnostics))
    return loaded.architecture.with_num_classes(3)


def model_of(architecture: Architecture, precision: str | None = None) -> keras.Model:
    """Build the network with weights that are not those it begins with, moving averages included."""
    model = build_model(architecture, precision)
    generator = np.random.default_rng(3)
    model.set_weights([_like(weight, generator) for weight in model.get_weights()])
    return model


def _like(weight: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    # Positive, because a variance is among them; what counts or is a seed stays.
    return generator.uniform(0.01, 0.6, weight.shape).astype(weight.dtype) if weight.dtype == np.float32 else weight


def pictures(count: int, height: int = 8, width: int = 8, channels: int = 1) -> np.ndarray:
    """Give noise as uint8."""
    return np.random.default_rng(1).integers(0, 256, (count, height, width, channels), np.uint8)


def data(size: int = 40) -> Data:
    """Give three parts of noise with labels."""
    labels = np.arange(size, dtype=np.int64) % 3

    def examples() -> tf.data.Dataset:
        return tf.data.Dataset.from_tensor_slices({"image": pictures(size), "label": labels})

    return Data({name: Part(name, size, examples) for name in ("train", "validation", "test")}, CLASS_NAMES)
