"""The smallest detector of one level: four by four places in a picture of 32×32, 16 + classes numbers each."""

from __future__ import annotations

from typing import Any

SIDE = 32
LAYERS: list[dict[str, Any]] = [
    {"type": "Conv2D", "filters": 16, "kernel_size": 8, "strides": 8, "name": "features"},
    {"type": "Conv2D", "filters": 16, "kernel_size": 1, "inputs": "features", "name": "sides"},
    {"type": "Conv2D", "filters": "num_classes", "kernel_size": 1, "inputs": "features", "name": "scores"},
    {"type": "Concatenate", "inputs": ["sides", "scores"]},
    {"type": "DetectionHead", "reg_max": 4},
]
# Places, and the numbers of each that are for the box.
PLACES, BOX = 16, 16
