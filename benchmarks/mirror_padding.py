"""What mirror padding costs: a training step of a net of 3×3 convolutions, against the same net padded with zeros.

    python -m benchmarks.mirror_padding [--precision float32 mixed_bfloat16] [--steps 20] [--json FILE]

All nets run in one process, one step each in turn, so that what else the machine does weighs on all of them alike.
The ratio is taken of the processor's time too: on a busy machine it tells more than the clock's. Nobody can come under
the ratio of the multiplications, which is printed below: kernels leave those with a border of zeros out.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.model.convolution import Conv2D

PADDINGS = ("same", "reflect", "symmetric", "replicate")
FILTERS = (32, 32, 64, 64, 128, 128)
SHAPE = (64, 64, 3)


@keras.saving.register_keras_serializable(package="benchmarks")
class MirrorPad(keras.layers.Layer):  # type: ignore[misc]  # Keras carries no types
    """The obvious way: tf.pad, then a "valid" convolution."""

    def call(self, x: Any) -> Any:
        """Reflect by one pixel."""
        return tf.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)), "REFLECT")


def convolution(x: Any, filters: int, padding: str) -> Any:
    """Apply one 3×3 convolution with a padding, or by `MirrorPad` where it is "tf.pad"."""
    if padding == "tf.pad":
        return keras.layers.Conv2D(filters, 3, activation="relu")(MirrorPad()(x))
    return Conv2D(filters, 3, padding=padding, activation="relu")(x)


def network(padding: str, precision: str) -> Any:
    """Build a small net in VGG's manner: pairs of 3×3 convolutions, a pooling after each."""
    keras.config.set_dtype_policy(precision)
    inputs = x = keras.Input(SHAPE)
    for place, filters in enumerate(FILTERS):
        x = convolution(x, filters, padding)
        if place % 2:
            x = keras.layers.MaxPooling2D()(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, keras.layers.Dense(10, dtype="float32")(x))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def steps_of(precision: str, batch_size: int) -> dict[str, Callable[[], Any]]:
    """Give, by padding, a training step on one batch that stays the same."""
    random = np.random.default_rng(0)
    x = tf.constant(random.normal(size=(batch_size, *SHAPE)).astype("float32"))
    y = tf.constant(random.integers(10, size=batch_size))

    def step_of(model: Any) -> Callable[[], Any]:
        model.make_train_function()
        batches = tf.data.Dataset.from_tensors((x, y)).repeat()
        iterator = iter(batches)
        return lambda: {name: float(value) for name, value in model.train_function(iterator).items()}

    return {padding: step_of(network(padding, precision)) for padding in (*PADDINGS, "tf.pad")}


def seconds(step: Callable[[], Any]) -> tuple[float, float]:
    """Time one step, by the clock and by the processor."""
    start, processor_start = time.perf_counter(), time.process_time()
    step()
    return time.perf_counter() - start, time.process_time() - processor_start


def measure(precision: str, batch_size: int, count: int) -> dict[str, dict[str, float]]:
    """Give, by padding, the median step in seconds, and the medians of its ratios to "same" in the same turn."""
    steps = steps_of(precision, batch_size)
    for step in steps.values():
        step()
    turns = [{padding: seconds(step) for padding, step in steps.items()} for _ in range(count)]
    return {
        padding: {
            "seconds": statistics.median(turn[padding][0] for turn in turns),
            "ratio": statistics.median(turn[padding][0] / turn["same"][0] for turn in turns),
            "processor_ratio": statistics.median(turn[padding][1] / turn["same"][1] for turn in turns),
        }
        for padding in steps
    }


def multiplications() -> float:
    """Give the ratio of the multiplications to "same", of which a side of n pixels needs 3n - 2 for 3n."""
    every = not_of_zeros = 0
    for place, (channels, filters) in enumerate(pairwise((SHAPE[2], *FILTERS))):
        side = SHAPE[0] // 2 ** (place // 2)
        every += (3 * side) ** 2 * channels * filters
        not_of_zeros += (3 * side - 2) ** 2 * channels * filters
    return every / not_of_zeros


def main() -> None:
    """Measure, print the table, write the JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--precision", nargs="+", default=["float32", "mixed_bfloat16"])
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    results = {name: measure(name, options.batch_size, options.steps) for name in options.precision}
    print(f"{'precision':16}{'padding':12}{'step':>10}{'against same':>14}{'by processor time':>19}")
    for precision, paddings in results.items():
        for padding, figures in paddings.items():
            ratios = f"{figures['ratio']:14.2f}{figures['processor_ratio']:19.2f}"
            print(f"{precision:16}{padding:12}{figures['seconds'] * 1000:7.1f} ms{ratios}")
    print(f"multiplications against same: {multiplications():.3f}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
