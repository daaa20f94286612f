"""Hand-written Keras: `compile` and `fit` as its documentation writes them.

On arrays, as in keras.io/examples/vision/mnist_convnet, or with --dataset on a tf.data.Dataset that is shuffled,
batched and prefetched, as in tensorflow.org/guide/data_performance.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.contestants.keras_clock import ClockCallback
from benchmarks.contestants.keras_networks import NETWORKS
from benchmarks.contestants.measurement import Clock, Job, answer, read_job

Examples = tuple[np.ndarray, np.ndarray]


def main() -> None:
    """Train and answer."""
    job = read_job()
    clock = Clock(job.started)
    # The last line of standard output is the answer.
    with contextlib.redirect_stdout(sys.stderr):
        facts = train(job, clock)
    answer(job, clock, **facts)


def train(job: Job, clock: Clock) -> dict[str, Any]:
    """Train the network by hand, and give what is to be answered."""
    arrays = job.arrays()
    pictures = {part: arrays[f"{part}_images"].astype("float32") / 255 for part in ("train", "validation", "test")}
    keras.utils.set_random_seed(job.seed)
    if job.precision == "bfloat16":
        keras.mixed_precision.set_global_policy("mixed_bfloat16")
    model = NETWORKS[job.workload.name]()
    model.compile(
        optimizer=keras.optimizers.Adam(job.workload.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    training = (pictures["train"], arrays["train_labels"])
    validation = (pictures["validation"], arrays["validation_labels"])
    fit = fit_dataset if job.dataset else fit_arrays
    fit(model, training, validation, job, ClockCallback(clock))
    return {
        "probabilities": np.asarray(model.predict(pictures["test"], verbose=0)),
        "labels": arrays["test_labels"],
        "images": len(training[0]),
        "parameters": model.count_params(),
        "precision": job.precision,
    }


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
