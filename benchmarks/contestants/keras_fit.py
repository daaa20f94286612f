"""Hand-written Keras: `compile` and `fit` as its documentation writes them.

On arrays, as in keras.io/examples/vision/mnist_convnet, or with --dataset on a tf.data.Dataset that is shuffled,
batched and prefetched, as in tensorflow.org/guide/data_performance. Masks as in
keras.io/examples/vision/oxford_pets_image_segmentation, boxes by KerasCV's detector.
"""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.contestants import keras_detector
from benchmarks.contestants.job import Job, read_job
from benchmarks.contestants.keras_clock import ClockCallback
from benchmarks.contestants.keras_networks import NETWORKS
from benchmarks.contestants.measurement import Clock, figures
from benchmarks.contestants.scores import score

# Pictures, and their labels as the network takes them.
Examples = tuple[np.ndarray, Any]


def main() -> None:
    """Train and answer."""
    job = read_job()
    clock = Clock(job.started)
    # The last line of standard output is the answer.
    with contextlib.redirect_stdout(sys.stderr):
        result = train(job, clock)
    print(json.dumps(result))


def train(job: Job, clock: Clock) -> dict[str, Any]:
    """Train the network by hand, and give what is to be answered."""
    arrays = job.arrays()
    parts = {part: examples(arrays, part, job) for part in ("train", "validation", "test")}
    keras.utils.set_random_seed(job.seed)
    if job.precision == "bfloat16":
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    model = keras_detector.network(job) if job.workload.task == "detection" else network(job)
    fit = fit_dataset if job.dataset else fit_arrays
    fit(model, parts["train"], parts["validation"], job, ClockCallback(clock))
    measure = keras_detector.measure if job.workload.task == "detection" else measure_classes
    device = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    facts = {"parameters": model.count_params(), "precision": job.precision, "device": device}
    return {**facts, **measure(model, *parts["test"], job, clock)}


def examples(arrays: dict[str, np.ndarray], part: str, job: Job) -> Examples:
    """Give a part's pictures from 0 to 1, and its labels."""
    images, labels = arrays[f"{part}_images"].astype("float32") / 255, arrays[f"{part}_labels"]
    return images, keras_detector.labels_of(labels) if job.workload.task == "detection" else labels


def network(job: Job) -> keras.Model:
    """Give a network that tells classes, compiled."""
    model = NETWORKS[job.workload.name]()
    model.compile(
        optimizer=keras.optimizers.Adam(job.workload.learning_rate),
        loss="sparse_categorical_crossentropy",
        # Keras's example of segmentation asks for none.
        metrics=["accuracy"] if job.workload.task == "classification" else None,
        jit_compile=job.jit_compile,
    )
    return model


def measure_classes(model: keras.Model, images: np.ndarray, labels: Any, job: Job, clock: Clock) -> dict[str, Any]:
    """Give the training's figures and the test part's scores."""
    probabilities = np.asarray(model.predict(images, batch_size=job.workload.batch_size, verbose=0))
    return {**figures(job, clock), **score(job, probabilities, labels)}


def fit_arrays(model: keras.Model, training: Examples, validation: Examples, job: Job, clock: ClockCallback) -> None:
    """Train on arrays."""
    model.fit(
        *training,
        batch_size=job.workload.batch_size,
        epochs=job.epochs,
        validation_data=validation,
        callbacks=[clock],
        verbose=2,
    )


def fit_dataset(model: keras.Model, training: Examples, validation: Examples, job: Job, clock: ClockCallback) -> None:
    """Train on a dataset."""
    size = job.workload.batch_size
    shuffled = tf.data.Dataset.from_tensor_slices(training).shuffle(len(training[0]))
    batches = shuffled.batch(size).prefetch(tf.data.AUTOTUNE)
    held_out = tf.data.Dataset.from_tensor_slices(validation).batch(size)
    model.fit(batches, epochs=job.epochs, validation_data=held_out, callbacks=[clock], verbose=2)


if __name__ == "__main__":
    main()
