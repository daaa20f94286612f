"""PyTorch's loss of boxes against cnnkeras's, on the same outputs and boxes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from benchmarks import pictures
from benchmarks.contestants.job import Job
from benchmarks.contestants.reading import read
from benchmarks.contestants.scores import score
from benchmarks.workloads import WORKLOADS
from cnnkeras.tasks.detection.losses import detection_loss
from cnnkeras.tasks.detection.places import centres, levels

torch = pytest.importorskip("torch")

WORKLOAD = WORKLOADS["yolov8n_scenes"].with_images(4)
JOB = Job(WORKLOAD, Path("unread"), 1, 0, "float32", dataset=False, compiled=False, started=0)


@pytest.fixture(scope="module")
def labels() -> np.ndarray:
    """Boxes of scenes, and a picture that has none."""
    rows: np.ndarray = pictures.prepare("detection", {"train": 3}, WORKLOAD.shape)["train_labels"]
    return np.concatenate([rows, np.full_like(rows[:1], -1)])


@pytest.fixture(scope="module")
def outputs() -> np.ndarray:
    """Give what a network may say: sides of a few strides, classes that it is sure of and others."""
    random = np.random.default_rng(3)
    return random.normal(0, 2, (4, 84, 74)).astype(np.float32)


def loss_of_torch() -> Any:
    from benchmarks.contestants.torch_detection.loss import DetectionLoss

    return DetectionLoss(*WORKLOAD.shape[:2])


def test_the_places_are_the_same() -> None:
    """A box would be looked for where it is not."""
    architecture = read(JOB)
    points, strides = centres(levels(architecture, architecture.outputs[0]))
    loss = loss_of_torch()
    np.testing.assert_array_equal(loss.points.numpy(), points)
    np.testing.assert_array_equal(loss.strides.numpy(), strides)


def test_loss_and_gradient_are_the_same(labels: np.ndarray, outputs: np.ndarray) -> None:
    """The contestants would learn different things, and their losses be held against each other."""
    architecture = read(JOB)
    with tf.GradientTape() as tape:
        said = tf.Variable(outputs)
        expected = detection_loss(architecture, architecture.outputs[0])(labels, said)
    theirs = torch.tensor(outputs, requires_grad=True)
    loss = loss_of_torch()(theirs, torch.from_numpy(labels))
    loss.backward()
    assert loss.item() == pytest.approx(float(expected), rel=1e-4)
    np.testing.assert_allclose(theirs.grad.numpy(), tape.gradient(expected, said).numpy(), rtol=1e-3, atol=1e-5)


def test_a_batch_without_boxes_has_a_loss(outputs: np.ndarray) -> None:
    """Training would end in numbers that are none."""
    nothing = np.full((4, 1, 5), -1, np.float32)
    architecture = read(JOB)
    expected = detection_loss(architecture, architecture.outputs[0])(nothing, outputs)
    loss = loss_of_torch()(torch.from_numpy(outputs), torch.from_numpy(nothing))
    assert loss.item() == pytest.approx(float(expected), rel=1e-4)


def test_the_score_is_that_loss(labels: np.ndarray, outputs: np.ndarray) -> None:
    """The table would show a loss that nobody trained by."""
    found = score(JOB, outputs, labels)
    loss = loss_of_torch()(torch.from_numpy(outputs), torch.from_numpy(labels))
    assert found["loss"] == pytest.approx(loss.item(), rel=1e-4)
    assert 0 <= found["map_50"] < 0.1


def test_boxes_that_are_told_are_found(labels: np.ndarray) -> None:
    """A detector that is right would be said to be wrong."""
    points, bins = loss_of_torch().points.numpy(), np.arange(16)
    outputs = np.full((4, 84, 74), -20, np.float32)
    for picture, rows in zip(outputs, labels, strict=True):
        for left, top, right, bottom, kind in rows[rows[:, 4] >= 0]:
            # The nearest place of the finest level, whose stride is 8.
            place = np.abs(points[:64] - [(left + right) / 2, (top + bottom) / 2]).sum(axis=1).argmin()
            x, y = points[place]
            distances = np.array([x - left, y - top, right - x, bottom - y]) / 8
            shares = np.maximum(1 - np.abs(distances[:, None] - bins), 1e-9)
            picture[place, :64] = np.log(shares).ravel()
            picture[place, 64 + int(kind)] = 20
    assert score(JOB, outputs, labels)["map_50"] == pytest.approx(1)
