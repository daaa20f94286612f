"""An engine's file put to the test: the golden pictures, the test part, size and speed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import tensorflow as tf

from cnnkeras.datasets.preparation import resize_to, unscaled
from cnnkeras.serving.engines.engine import Run
from cnnkeras.serving.inference import OUTPUTS
from cnnkeras.spec.architecture import Architecture

# Runs of one picture that are timed: enough for a median, and no more than some seconds for a slow network.
RUNS = 50
SECONDS = 3.0
# Other kernels add in another order; a hundred times the network's own rounding is still no other answer.
EXACT_BOUND = 1e-3


def prepared(architecture: Architecture, pictures: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Bring pictures, uint8, to the network's size, float32 from 0 to 255, as an engine's caller has to."""
    section = architecture.input
    if section.resize == "tile":
        section = section.model_copy(update={"resize": "crop", "overlap": None})
    return [np.asarray(resize_to(picture[np.newaxis], section)[0], np.float32) for picture in pictures]


def latency(run: Run, picture: np.ndarray) -> float:
    """Give the median time of one picture, in milliseconds, after one run that does not count."""
    run(picture[np.newaxis])
    times: list[float] = []
    while len(times) < RUNS and sum(times) < SECONDS:
        begin = time.perf_counter()
        run(picture[np.newaxis])
        times.append(time.perf_counter() - begin)
    return float(np.median(times)) * 1000


class AsModel:
    """An engine's file, called as a Keras model is, so that the task measures it as it measures the network.

    It gets what the pipeline makes of pictures, which is scaled, and gives the engine whole numbers again.
    """

    losses: tuple[Any, ...] = ()

    def __init__(self, run: Run, model: Any, architecture: Architecture) -> None:
        self._run = run
        self._section = architecture.input
        self.outputs = model.outputs[:1]
        self.trainable_variables: list[Any] = []

    def __call__(self, images: tf.Tensor, training: bool = False) -> tf.Tensor:  # noqa: ARG002  # a model's signature
        """Give the main output."""
        output = tf.numpy_function(self._answer, [images], tf.float32)
        output.set_shape(self.outputs[0].shape)
        return output

    def _answer(self, images: np.ndarray) -> np.ndarray:
        return self._run(unscaled(images, self._section).astype(np.float32))[OUTPUTS]


def of_main_output(architecture: Architecture) -> Architecture:
    """Give the architecture with its main output alone: engines' files have no other."""
    training = architecture.training.model_copy(update={"loss_weights": None})
    return replace(architecture, outputs=architecture.outputs[:1], training=training)
