"""The first YOLO's grid, and the single object that is a grid of one cell."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import tensorflow as tf

from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.load import load_architecture
from cnnkeras.tasks.detection.decoding import decode
from cnnkeras.tasks.detection.losses import detection_loss

CLASSES = 3


def grid(tmp_path: Path, cells: int, boxes: int) -> Architecture:
    numbers = 5 * boxes + CLASSES
    layers = [
        {"type": "Conv2D", "filters": numbers, "kernel_size": 32 // cells, "strides": 32 // cells},
        {"type": "GridHead", "boxes": boxes},
    ]
    path = tmp_path / "grid.json"
    path.write_text(json.dumps({"input": {"shape": [32, 32, 1]}, "layers": layers}))
    architecture = load_architecture(path).architecture
    assert architecture is not None
    return architecture


def right_answer(cells: int, boxes: int) -> tuple[np.ndarray, np.ndarray]:
    """Give one box of class 1, around (20, 12), and what says it: in its cell the second box of two, else nothing."""
    labels = np.float32([[[12, 8, 28, 16, 1], [-1] * 5]])
    outputs = np.zeros((1, cells * cells, 5 * boxes + CLASSES), np.float32)
    stride = 32 / cells
    column, row = int(20 // stride), int(12 // stride)
    cell = outputs[0, row * cells + column]
    cell[5 * (boxes - 1) : 5 * boxes] = [20 / stride - column, 12 / stride - row, 16 / 32, 8 / 32, 1]
    cell[5 * boxes + 1] = 1
    return labels, outputs


def test_says_what_was_meant_and_costs_nothing(tmp_path: Path) -> None:
    """A classic YOLO, or a net that locates one object, would learn other boxes than are there."""
    for cells, boxes in ((4, 2), (1, 1)):
        architecture = grid(tmp_path, cells, boxes)
        labels, outputs = right_answer(cells, boxes)
        found, scores = decode(outputs, architecture)
        assert found.shape == (1, cells * cells * boxes, 4)
        best = np.asarray(scores)[0, :, 1].argmax()
        np.testing.assert_allclose(np.asarray(found)[0, best], labels[0, 0, :4], atol=1e-4)
        assert np.asarray(scores).sum() == 1
        loss = detection_loss(architecture, architecture.outputs[0])
        np.testing.assert_allclose(loss(labels, outputs), 0, atol=1e-4)
        # λ of coordinates times the difference of the roots of the widths.
        outputs[..., 5 * (boxes - 1) + 2] *= 0.81
        cost = float(loss(labels, outputs))
        assert cost > 5 * 0.5 * 0.1**2 * 0.99


def test_gradients_are_finite_without_a_box(tmp_path: Path) -> None:
    """A picture without an object would make the loss NaN."""
    architecture = grid(tmp_path, 4, 2)
    outputs = tf.Variable(np.zeros((2, 16, 13), np.float32))
    with tf.GradientTape() as tape:
        loss = detection_loss(architecture, architecture.outputs[0])(np.full((2, 1, 5), -1, np.float32), outputs)
    assert np.isfinite(tape.gradient(loss, outputs).numpy()).all()
    assert float(loss) == 0
