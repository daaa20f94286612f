"""The same network as one writes it with Keras's layers: zeros at the border, random crops and flips by tf.data.

A fully convolutional network takes any size, so whole pictures are answered at once.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.contestants.keras_clock import ClockCallback
from benchmarks.contestants.keras_networks import unet
from benchmarks.contestants.measurement import Clock, peak_memory_mib
from benchmarks.membrane.job import BATCH_SIZE, CROP, CROPS, FOREGROUND, TEST, VALIDATION, Job, answer, read_job

# As the architecture file has it.
MEMBRANE_WEIGHT = 1.5


def main() -> None:
    """Train and answer."""
    job = read_job()
    clock = Clock(job.started)
    keras.utils.set_random_seed(job.seed)
    # The last line of standard output is the answer.
    with contextlib.redirect_stdout(sys.stderr):
        model = train(job, clock)
        memory = peak_memory_mib()
        images, masks = read(job, TEST)
        answers = [model.predict(image[None], verbose=0)[0].argmax(-1) for image in images]
    answer(clock, memory, list(masks), answers, parameters=model.count_params(), precision="float32")


def train(job: Job, clock: Clock) -> Any:
    """Fit, and give the network with the weights of the epoch that did best on the validation pictures."""
    # The network of architectures/unet_membrane.json.
    model = unet((None, None, 1), 2, kernel_initializer="he_normal", dropout=0.2)
    names = [str(number) for number in range(30) if str(number) not in (*VALIDATION, *TEST)]
    steps = CROPS // BATCH_SIZE
    schedule = keras.optimizers.schedules.CosineDecay(0.002, steps * job.epochs)
    model.compile(
        keras.optimizers.AdamW(schedule, weight_decay=0.01),
        loss="sparse_categorical_crossentropy",
        metrics=[keras.metrics.IoU(2, [FOREGROUND], sparse_y_pred=False, name="iou")],
    )
    validation = tf.data.Dataset.from_tensor_slices(read(job, VALIDATION)).batch(1)
    best = keras.callbacks.EarlyStopping("val_iou", mode="max", patience=job.epochs, restore_best_weights=True)
    model.fit(
        crops(*read(job, names), job.seed),
        epochs=job.epochs,
        steps_per_epoch=steps,
        validation_data=validation,
        callbacks=[ClockCallback(clock), best],
        verbose=0,
    )
    return model


def read(job: Job, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Give pictures `(count, 512, 512, 1)` from 0 to 1, and masks: 1 is membrane."""
    files = [job.data / "image" / f"{name}.png" for name in names]
    images, masks = (
        np.stack([keras.utils.img_to_array(keras.utils.load_img(place, color_mode="grayscale")) for place in places])
        for places in (files, [job.data / "label" / file.name for file in files])
    )
    return images / 255, (masks[..., 0] < 128).astype(np.uint8)


def crops(images: np.ndarray, masks: np.ndarray, seed: int) -> tf.data.Dataset:
    """Give batches of random crops for ever, flipped and of more or less contrast, and what each pixel counts."""
    together = np.concatenate([images, masks[..., None].astype(np.float32)], axis=-1)

    def crop(both: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        both = tf.image.random_crop(both, (CROP, CROP, 2))
        both = tf.image.random_flip_up_down(tf.image.random_flip_left_right(both))
        image = tf.clip_by_value(tf.image.random_contrast(both[..., :1], 0.9, 1.1), 0, 1)
        mask = both[..., 1]
        return image, tf.cast(mask, tf.uint8), 1 + (MEMBRANE_WEIGHT - 1) * mask

    data = tf.data.Dataset.from_tensor_slices(together).shuffle(len(together), seed).repeat()
    return data.map(crop, tf.data.AUTOTUNE).batch(BATCH_SIZE).prefetch(tf.data.AUTOTUNE)


if __name__ == "__main__":
    main()
