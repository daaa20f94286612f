"""KerasCV's own detector as its users have it: its losses, Adam; in float32, as mixed precision crashes."""

from __future__ import annotations

from typing import Any

from benchmarks.boxes import picture_boxes
from benchmarks.contestants.measurement import Clock
from benchmarks.detectors.job import ARCHITECTURE, BATCH_SIZE, SIDE, answer, read_job


def detector(
    classes: int = 3, channels: int = 3, learning_rate: float = 0.002, jit_compile: bool | str = "auto"
) -> Any:
    """Give KerasCV's YOLOv8 in about the size of yolov8n, built from numbers, compiled."""
    import keras
    import keras_cv

    backbone = keras_cv.models.YOLOV8Backbone(
        stackwise_channels=[32, 64, 128, 256],
        stackwise_depth=[1, 2, 2, 1],
        include_rescaling=False,
        input_shape=(None, None, channels),
    )
    model = keras_cv.models.YOLOV8Detector(
        num_classes=classes, bounding_box_format="xyxy", backbone=backbone, fpn_depth=1
    )
    model.prediction_decoder = keras_cv.layers.NonMaxSuppression(
        bounding_box_format="xyxy", from_logits=False, confidence_threshold=0.001, iou_threshold=0.7, max_detections=300
    )
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate),
        classification_loss="binary_crossentropy",
        box_loss="ciou",
        jit_compile=jit_compile,
    )
    return model


def measured(model: Any, batches: Any, classes: int = 3) -> dict[str, float]:
    """Give COCO's figures over batches of pictures and boxes `(batch, boxes, 5)`, in pixels of the network's input."""
    import numpy as np

    from cnnkeras.tasks.detection.coco import average_precisions
    from cnnkeras.tasks.detection.picture import PictureBoxes

    truth, found = [], []
    for images, labels in batches:
        # Its own predict_step fails on a batch that `predict_on_batch` hands on as a tuple.
        answers = model.decode_predictions(model(images, training=False), images)
        size = (int(images.shape[1]), int(images.shape[2]))
        for number, rows in enumerate(np.asarray(labels)):
            truth.append(picture_boxes(size, rows))
            kept = np.asarray(answers["classes"][number]) >= 0
            boxes, kinds, scores = (
                np.asarray(answers[key][number])[kept] for key in ("boxes", "classes", "confidence")
            )
            found.append(PictureBoxes(size, boxes, kinds.astype(np.int64), scores.astype(np.float32)))
    return average_precisions(truth, found, classes).metrics()


def labels_of(rows: Any) -> dict[str, Any]:
    """Give boxes `(batch, boxes, 5)` as KerasCV takes them."""
    return {"boxes": rows[..., :4], "classes": rows[..., 4]}


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
    theirs = train.map(lambda images, rows: (images, labels_of(rows)))
    model, clock = detector(), Clock(job.started)
    for epoch.number in range(job.epochs):
        clock.begin_epoch()
        model.fit(theirs, verbose=0)
        clock.end_epoch()
    metrics = measured(model, batches(parts["validation"], architecture, BATCH_SIZE, False))
    answer(clock, parts["train"].size, metrics, parameters=model.count_params(), precision="float32")


if __name__ == "__main__":
    main()
