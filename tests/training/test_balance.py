"""Training with classes that weigh differently."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.source import Data, Part
from tests.training.conftest import CLASSES, LAYERS, Experiment, Make

COUNTS = {"train": [40, 20, 4], "validation": [5, 5, 5], "test": [2, 2, 2]}
# So little that the weights stay what they are.
STILL = {"optimizer": {"type": "SGD", "learning_rate": 1e-12}, "epochs": 1, "batch_size": 64}


def part(name: str) -> Part:
    labels = np.repeat(np.arange(3), COUNTS[name])
    images = np.random.default_rng(0).integers(0, 256, (len(labels), 8, 8, 1)).astype(np.uint8)

    def examples() -> Any:
        import tensorflow as tf

        return tf.data.Dataset.from_tensor_slices({"image": images, "label": labels.astype(np.int64)})

    return Part(name, len(labels), examples)


def balanced(experiment: Experiment, balance: str) -> Experiment:
    assert experiment.architecture.data is not None
    data = experiment.architecture.data.model_copy(update={"balance": balance})
    parts = {name: part(name) for name in COUNTS}
    return Experiment(experiment.folder, replace(experiment.architecture, data=data), Data(parts, CLASSES))


def crossentropies(model: Any, experiment: Experiment, name: str) -> tuple[np.ndarray, np.ndarray]:
    ((images, labels),) = batches(experiment.data.parts[name], experiment.architecture, 64, False).as_numpy_iterator()
    outputs = np.asarray(model(images))
    outputs = outputs[0] if outputs.ndim == 3 else outputs
    return labels, -np.log(outputs[np.arange(len(labels)), labels])


@pytest.mark.parametrize("outputs", [1, 2])
def test_the_loss_of_training_is_weighted_and_that_of_validation_is_not(make: Make, outputs: int) -> None:
    """A rare class would not count, or two runs could not be compared by their validation."""
    layers = [
        LAYERS[0],
        {"type": "GlobalAveragePooling2D", "name": "seen"},
        {"type": "Dense", "name": "main", "units": "num_classes", "activation": "softmax"},
        {"type": "Dense", "name": "auxiliary", "inputs": "seen", "units": "num_classes"},
    ]
    more = {"outputs": ["main", "auxiliary"], "loss_weights": [1.0, 0.0]} if outputs == 2 else {}
    experiment = balanced(make(layers[: 2 + outputs], **more, **STILL), "weights")
    model, trained = experiment.train(experiment.create_run())
    labels, losses = crossentropies(model, experiment, "train")
    weights = 64 / 3 / np.array(COUNTS["train"])
    assert trained.history[0]["loss"] == pytest.approx(float((losses * weights[labels]).mean()), rel=1e-4)
    assert trained.history[0]["val_loss"] == pytest.approx(
        float(crossentropies(model, experiment, "validation")[1].mean()), rel=1e-4
    )


def test_resampled_training(make: Make) -> None:
    """An epoch would be of another length than its steps."""
    experiment = balanced(make(plain=True, epochs=2), "resample")
    _, trained = experiment.train(experiment.create_run())
    assert len(trained.history) == 2
