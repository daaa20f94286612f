"""The network as engines take it: pictures of its own size in, numbers out, nothing of the data's pipeline but scaling.

Resizing stays outside: TFLite and ONNX have no antialiased resizing, and pictures of any size come with it.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.datasets.preparation import scale
from cnnkeras.serving.inference import OUTPUTS, inference_model
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.heads import head
from cnnkeras.tasks.task import TrainableTask

IMAGES = "images"


class PortableNetwork:
    """A network that takes float32 `(batch, height, width, channels)` from 0 to 255, of its input's size.

    It gives its main output as `outputs` and, where that has to be read first, what it means: `probabilities` of
    logits, `boxes` in pixels of its input and `scores` of a detector, before non-maximum suppression.
    """

    def __init__(self, model: keras.Model, architecture: Architecture, task: TrainableTask) -> None:
        self.model = model
        self.architecture = architecture
        self._is_detector = task.label == "boxes"
        self._inference = inference_model(model, architecture)

    def __call__(self, images: tf.Tensor) -> dict[str, tf.Tensor]:
        """Give the outputs by name."""
        scaled = scale(images, self.architecture.input)
        outputs = tf.cast(self._inference(scaled, training=False)[OUTPUTS], tf.float32)
        return {OUTPUTS: outputs, **self._meaning(outputs)}

    def _meaning(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        if self._is_detector:
            from cnnkeras.tasks.detection.decoding import decode

            boxes, scores = decode(outputs, self.architecture)
            return {"boxes": boxes, "scores": scores}
        described = head(self.architecture)
        is_read = not described.from_logits and described.units > 1
        return {} if is_read else {"probabilities": described.probabilities(outputs)}

    def function(self, batch: int | None) -> Any:
        """Give it as a function of TensorFlow for a batch of that size, or of any."""
        spec = tf.TensorSpec((batch, *self.architecture.input.shape), tf.float32, name=IMAGES)
        # Without AutoGraph, which would rewrite all of cnnkeras.
        return tf.function(self, input_signature=[spec], autograph=False)

    @property
    def tracked(self) -> tf.Module:
        """Give what keeps the variables alive while they are converted."""
        module = tf.Module()
        module.variables_of_network = [variable.value for variable in self._inference.variables]
        return module

    def reference(self, images: np.ndarray) -> dict[str, np.ndarray]:
        """Give the network's own answers."""
        with tf.device("/CPU:0"):
            return {name: value.numpy() for name, value in self(tf.constant(images)).items()}
