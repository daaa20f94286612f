"""KerasCV's own detector as its users have it: its losses, Adam; in float32, as mixed precision crashes."""

from __future__ import annotations

from typing import Any

from benchmarks.contestants.measurement import Clock
from benchmarks.detectors.job import ARCHITECTURE, BATCH_SIZE, SIDE, answer, read_job


def detector() -> Any:
    """Give KerasCV's YOLOv8 in about the size of yolov8n, built from numbers, compiled."""
    import keras
    import keras_cv

    backbone = keras_cv.models.YOLOV8Backbone(
        stackwise_channels=[32, 64, 128, 256], stackwise_depth=[1, 2, 2, 1], include_rescaling=False
    )
    model = keras_cv.models.YOLOV8Detector(num_classes=3, bounding_box_format="xyxy", backbone=backbone, fpn_depth=1)
    model.prediction_decoder = keras_cv.layers.NonMaxSuppression(
        bounding_box_format="xyxy", from_logits=False, confidence_threshold=0.001, iou_threshold=0.7, max_detections=300
    )
    model.compile(optimizer=keras.optimizers.Adam(0.002), classification_loss="binary_crossentropy", box_loss="ciou")
    return model


def measured(model: Any, batches: Any) -> dict[str, float]:
    """Give COCO's figures over the batches, in pixels of the network's input."""
    import numpy as np

    from cnnkeras.tasks.detection.coco import average_precisions
    from cnnkeras.tasks.detection.picture import PictureBoxes

    truth, found = [], []
    for images, labels in batches:
        # Its own predict_step fails on a batch that `predict_on_batch` hands on as a tuple.
        answers = model.decode_predictions(model(images, training=False), images)
        for number, rows in enumerate(labels.numpy()):
            real = rows[rows[:, 4] >= 0]
            truth.append(PictureBoxes((SIDE, SIDE), real[:, :4], real[:, 4].astype(np.int64)))
            kept = np.asarray(answers["classes"][number]) >= 0
            boxes, classes, scores = (
                np.asarray(answers[key][number])[kept] for key in ("boxes", "classes", "confidence")
            )
            found.append(PictureBoxes((SIDE, SIDE), boxes, classes.astype(np.int64), scores.astype(np.float32)))
    return average_precisions(truth, found, 3).metrics()


def main() -> None:
    """Train on the pictures as our pipeline gives them, without augmentation, and measure the last epoch."""
    import keras

    from cnnkeras.commands.registry import REGISTRY
    from cnnkeras.datasets.loading import load_data
    from cnnkeras.datasets.order import Epoch
    from cnnkeras.datasets.pipeline import batches
    from cnnkeras.spec.load import load_architecture

    job = read_job()
    keras.utils.set_random_seed(job.seed)
    changes = [f"data.path={job.data}", f"input.shape=[{SIDE},{SIDE},3]", "data.augmentation=[]"]
    architecture = load_architecture(ARCHITECTURE, changes, REGISTRY).architecture
    if architecture is None:
        raise SystemExit(f"{ARCHITECTURE} can't be read")
    parts = load_data(architecture).parts
    epoch = Epoch()
    train = batches(parts["train"], architecture, BATCH_SIZE, True, job.seed, epoch)
    theirs = train.map(lambda images, labels: (images, {"boxes": labels[..., :4], "classes": labels[..., 4]}))
    model, clock = detector(), Clock(job.started)
    for epoch.number in range(job.epochs):
        clock.begin_epoch()
        model.fit(theirs, verbose=0)
        clock.end_epoch()
    metrics = measured(model, batches(parts["validation"], architecture, BATCH_SIZE, False))
    answer(clock, parts["train"].size, metrics, parameters=model.count_params(), precision="float32")


if __name__ == "__main__":
    main()
