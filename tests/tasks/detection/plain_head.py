"""The simplest head there can be, in place of a detector's: for tests of what comes after the network.

A place's numbers are how far its box reaches to the left, up, right and down from its middle, in shares of 8 pixels,
and the classes' logits.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

# Four by four places in a picture of 32×32, three classes.
LAYERS: list[dict[str, Any]] = [
    {"type": "Conv2D", "filters": 7, "kernel_size": 8, "strides": 8},
    {"type": "Reshape", "target_shape": [16, 7]},
]
SIDE, PLACES = 8, 4


def decode(outputs: Any, architecture: Any) -> tuple[Any, Any]:
    middles = SIDE * (np.arange(PLACES, dtype=np.float32) + 0.5)
    left, top = np.meshgrid(middles, middles)
    points = np.stack([left, top], axis=-1).reshape(-1, 2)
    reach = SIDE * tf.sigmoid(outputs[..., :4])
    boxes = tf.concat([points - reach[..., :2], points + reach[..., 2:]], axis=-1)
    return boxes, tf.sigmoid(outputs[..., 4:])


class PlainLoss(keras.losses.Loss):
    """Pulls every number to zero: enough to train something."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return keras.ops.mean(keras.ops.square(y_pred), axis=(1, 2))


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the task decode and learn so."""
    package = "cnnkeras.tasks.detection"
    decoding, losses = ModuleType(f"{package}.decoding"), ModuleType(f"{package}.losses")
    decoding.decode = decode  # type: ignore[attr-defined]
    losses.detection_loss = lambda architecture, output: PlainLoss()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, decoding.__name__, decoding)
    monkeypatch.setitem(sys.modules, losses.__name__, losses)
