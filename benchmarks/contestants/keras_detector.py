"""What one has for boxes in Keras without writing a detector: KerasCV's, in about the size of yolov8n.

It has another head, no distribution focal loss, and a loss that is normalised otherwise: its number of parameters and
its loss are not those of the others.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.contestants.job import Job
from benchmarks.contestants.measurement import Clock, figures
from benchmarks.detectors.stock import detector, labels_of, measured

__all__ = ["labels_of", "measure", "network"]

CLASSES = 10


def network(job: Job) -> Any:
    """Give the detector, compiled with KerasCV's losses."""
    return detector(CLASSES, job.workload.shape[2], job.workload.learning_rate, job.jit_compile)


def measure(model: Any, images: np.ndarray, labels: Any, job: Job, clock: Clock) -> dict[str, Any]:
    """Give the training's figures, and the test part's loss, KerasCV's own, and `map_50`."""
    size = job.workload.batch_size
    loss = model.evaluate(images, labels, batch_size=size, verbose=0, return_dict=True)["loss"]
    trained = figures(job, clock)
    rows = np.concatenate([labels["boxes"], labels["classes"][..., None]], axis=-1)
    batches = [(images[begin : begin + size], rows[begin : begin + size]) for begin in range(0, len(images), size)]
    map_50 = measured(model, batches, CLASSES)["map_50"]
    return {**trained, "loss": float(loss), "map_50": map_50, "is_another_network": True}
