"""How well a trained network does on the test part, reckoned alike for every contestant whose outputs are alike."""

from __future__ import annotations

import numpy as np

from benchmarks.boxes import picture_boxes
from benchmarks.contestants.job import Job


def score(job: Job, outputs: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Give `loss` on the test part, and `accuracy` or for boxes `map_50`.

    Outputs are probabilities `(…, classes)` for classes `(…)`, of pictures or of their pixels; for boxes
    `(batch, most boxes, 5)` what the detection head of cnnkeras gives, `(batch, places, numbers)`.
    """
    outputs = outputs.astype("float32")
    return score_boxes(job, outputs, labels) if job.workload.task == "detection" else score_classes(outputs, labels)


def score_classes(probabilities: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Give accuracy and mean cross-entropy."""
    right = np.take_along_axis(probabilities, labels[..., None].astype("int64"), axis=-1).astype("float64")
    return {
        "accuracy": float(np.mean(probabilities.argmax(axis=-1) == labels)),
        "loss": float(-np.mean(np.log(np.maximum(right, 1e-7)))),
    }


def score_boxes(job: Job, outputs: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Give cnnkeras's loss, the mean over the batches, and the mean average precision at an overlap of a half.

    Imports TensorFlow, whoever was trained: take the figures of memory and time before.
    """
    from benchmarks.contestants.reading import read
    from cnnkeras.tasks.detection.coco import average_precisions
    from cnnkeras.tasks.detection.evaluation import found_boxes
    from cnnkeras.tasks.detection.losses import detection_loss

    architecture, size = read(job), job.workload.batch_size
    loss = detection_loss(architecture, architecture.outputs[0])
    parts = [slice(begin, begin + size) for begin in range(0, len(outputs), size)]
    losses = [float(loss(labels[part], outputs[part])) for part in parts]
    truth = [picture_boxes(job.workload.shape[:2], rows) for rows in labels]
    found = found_boxes((outputs[part] for part in parts), truth, architecture)
    precisions = average_precisions(truth, found, architecture.num_classes or 0)
    return {"loss": float(np.mean(losses)), "map_50": precisions.metrics()["map_50"]}
