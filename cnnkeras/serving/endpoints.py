"""What the export answers: from a picture as the data has it to the task's answer, in one graph."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.analysis.tiles import tile_sides
from cnnkeras.datasets.preparation import prepare
from cnnkeras.model.tiling import Tiled
from cnnkeras.serving.inference import FEATURES, OUTPUTS, inference_model
from cnnkeras.serving.pictures import DECODABLE, decode
from cnnkeras.serving.requests import IMAGE_BYTES, IMAGES, Request
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask

Answer = dict[str, tf.Tensor]

SERVING_DEFAULT, SERVE_ENCODED, SERVE_FEATURES = "serving_default", "serve_encoded", "features"


class Endpoints:
    """The signatures of an export, each also callable eagerly: that is the reference the export is held to.

    Pictures come as float32 `(batch, height, width, channels)` of any size, with values from 0 to 255.
    float32 and not uint8, because TF Serving's REST reads both `12` and `12.0` into it, and a picture that was
    averaged or resized by the caller still fits. Encoded pictures come as strings under `image_bytes`; the
    ending is what TF Serving's REST asks of binary values (`{"b64": …}`).
    """

    def __init__(
        self, model: keras.Model, architecture: Architecture, task: TrainableTask, class_names: Sequence[str]
    ) -> None:
        self.architecture = architecture
        self._task = task
        self._class_names = tuple(class_names)
        self._model = inference_model(model, architecture)

    @property
    def channels(self) -> int:
        """Give how many channels a picture has."""
        return self.architecture.input.shape[2]

    def functions(self) -> dict[str, tuple[Callable[[tf.Tensor], Answer], tf.TensorSpec]]:
        """Give each signature's function and its one input.

        The data may be grey where the network takes colour, so the number of channels is free. A picture of two or
        five channels has no file format: a network that takes such has no `serve_encoded`.
        Pictures that are tiled may have any size; those of one request have the same.
        """
        images = tf.TensorSpec((None, None, None, None), tf.float32, name=IMAGES)
        encoded = tf.TensorSpec((None,), tf.string, name=IMAGE_BYTES)
        functions: dict[str, tuple[Callable[[tf.Tensor], Answer], tf.TensorSpec]]
        functions = {SERVING_DEFAULT: (self.answer, images)}
        if self._has_features():
            functions[SERVE_FEATURES] = (self.features, images)
        if self.channels in DECODABLE:
            functions[SERVE_ENCODED] = (self.answer_encoded, encoded)
        return functions

    def _has_features(self) -> bool:
        """Tell whether there are features of a picture: of one in tiles, where they have the answer's scale."""
        shapes = [tuple(self._model.output[name].shape[1:3]) for name in (OUTPUTS, FEATURES)]
        return self.architecture.input.resize != "tile" or shapes[0] == shapes[1]

    def inputs(self) -> dict[str, str]:
        """Give the name of each signature's input."""
        return {signature: spec.name for signature, (_, spec) in self.functions().items()}

    def reference(self, request: Request) -> dict[str, np.ndarray]:
        """Give the network's own answers, computed by Keras, operation by operation."""
        # On the processor, where the export answers too: a graphics card rounds float32 products to TensorFloat-32.
        with tf.device("/CPU:0"):
            answer = self.functions()[request.signature][0](request.tensor)
        return {name: value.numpy() for name, value in answer.items()}

    def weights(self) -> list[tuple[str, tf.Variable]]:
        """Give every weight with its path in the network, in the order in which the export holds them."""
        return [(weight.path, weight.value) for weight in self._model.weights]

    def save(self, directory: Path) -> None:
        """Write the SavedModel. It holds variables and functions, no Keras object.

        Raises OSError or tf.errors.OpError where that can't be done.
        """
        module = tf.Module()
        module.weights = [weight for _, weight in self.weights()]
        # The states of random layers, which answer without chance when served: nothing that a proof could hold.
        known = {weight.path for weight in self._model.weights}
        module.states = [each.value for each in self._model.variables if each.path not in known]
        # Without AutoGraph, which would rewrite all of cnnkeras: the tasks and `prepare` branch in Python, once.
        signatures = {
            name: tf.function(call, autograph=False).get_concrete_function(spec)
            for name, (call, spec) in self.functions().items()
        }
        tf.saved_model.save(module, str(directory), signatures)

    def answer(self, images: tf.Tensor) -> Answer:
        """Give the task's answer for a batch of pictures."""
        shape = tf.shape(images)
        sizes = tf.repeat(shape[tf.newaxis, 1:3], shape[0], axis=0)
        return self._answer_prepared(prepare(images, self.architecture.input), sizes)

    def answer_encoded(self, image_bytes: tf.Tensor) -> Answer:
        """Give the task's answer for a batch of encoded pictures.

        They may differ in size where the network's input has one size; where it is free they must not.
        """
        section = self.architecture.input

        def read(encoded: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            picture = decode(encoded, self.channels)
            return prepare(picture[tf.newaxis], section)[0], tf.shape(picture)[:2]

        specs = (tf.TensorSpec(section.picture_shape, tf.float32), tf.TensorSpec((2,), tf.int32))
        return self._answer_prepared(*tf.map_fn(read, image_bytes, fn_output_signature=specs))

    def features(self, images: tf.Tensor) -> Answer:
        """Give what the network's head reads: a vector or, in a fully convolutional network, a map."""
        features = self._network(FEATURES)(prepare(images, self.architecture.input))
        return {"features": tf.cast(features, tf.float32)}

    def _answer_prepared(self, prepared: tf.Tensor, sizes: tf.Tensor) -> Answer:
        outputs = tf.cast(self._network(OUTPUTS)(prepared), tf.float32)
        return self._task.answer(outputs, self._class_names, self.architecture, sizes)

    def _network(self, output: str) -> Callable[[tf.Tensor], tf.Tensor]:
        """Give what makes one of the network's outputs of prepared pictures."""

        def network(prepared: tf.Tensor) -> tf.Tensor:
            return self._model(prepared, training=False)[output]

        if self.architecture.input.resize != "tile":
            return network
        return Tiled(network, self._model.output[output].shape[-1], tile_sides(self.architecture))
