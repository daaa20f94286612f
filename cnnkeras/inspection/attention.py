"""Where the network looks: which places of its last maps speak for what it answers.

Grad-CAM of Selvaraju et al. 2017, arXiv:1610.02391: the maps, each weighed by the mean of the answer's gradient over
it; what speaks against the answer is left out. Where every place is answered, as in Vinogradova et al. 2020,
arXiv:2002.11434, the answer is the sum over the places of one class, and the maps are the deepest ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.inspection.built import built_layers
from cnnkeras.inspection.subject import as_inputs
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.heads import head

# What is explained of an output before its last activation: a number a picture, and the class that it is about.
Score = Callable[[Any, Architecture, Sequence[str]], tuple[Any, np.ndarray]]


@dataclass(frozen=True)
class Explained:
    """How a task's answers are explained: by which number, and whether by the deepest maps in place of the last."""

    score: Score
    deepest: bool


@dataclass(frozen=True)
class Attention:
    """Where the network looks in pictures, float32 `(pictures, height, width)` from 0 to 1, and for which class.

    `layer` has the maps that tell it; it is empty where no layer's do.
    """

    maps: np.ndarray
    classes: np.ndarray
    layer: str


def attention(
    model: keras.Model,
    architecture: Architecture,
    explained: Explained,
    pictures: Sequence[np.ndarray],
    class_names: Sequence[str],
) -> Attention | None:
    """Look at pictures, uint8 `(height, width, channels)`; None where the network has no maps."""
    layer = _layer(model, architecture, explained.deepest)
    if layer is None:
        return None
    inputs = tf.constant(as_inputs(pictures, architecture))
    inner = keras.Model(model.inputs[0], [layer.output, _before_activation(model, architecture)])
    with tf.GradientTape() as tape:
        # Watched so that a network without anything to train is explained too.
        tape.watch(inputs)
        maps, outputs = inner(inputs, training=False)
        score, classes = explained.score(tf.cast(outputs, tf.float32), architecture, class_names)
    gradients = tape.gradient(score, maps)
    if gradients is None:
        return None
    weights = tf.reduce_mean(tf.cast(gradients, tf.float32), axis=(1, 2), keepdims=True)
    seen = tf.nn.relu(tf.reduce_sum(weights * tf.cast(maps, tf.float32), axis=-1, keepdims=True))
    seen = tf.image.resize(seen, inputs.shape[1:3], "bilinear")[..., 0].numpy()
    return Attention(seen / np.maximum(seen.max(axis=(1, 2), keepdims=True), 1e-12), classes, layer.name)


def of_one_class(outputs: Any, architecture: Architecture, class_names: Sequence[str]) -> tuple[Any, np.ndarray]:  # noqa: ARG001  # Score's
    """Explain the likeliest class of each picture."""
    logits = _by_class(outputs, architecture)
    classes = tf.argmax(logits, axis=-1)
    return tf.gather(logits, classes, axis=-1, batch_dims=1), classes.numpy()


def of_every_pixel(outputs: Any, architecture: Architecture, class_names: Sequence[str]) -> tuple[Any, np.ndarray]:
    """Explain the pixels of the commonest class in each answer, the background left out where there is more."""
    logits = _by_class(outputs, architecture)
    answers = tf.one_hot(tf.argmax(logits, axis=-1), logits.shape[-1])
    counts = tf.reduce_sum(answers, axis=(1, 2)).numpy()
    background = [index for index, name in enumerate(class_names) if name == "background"]
    counts[:, background] *= 1e-6
    classes = counts.argmax(axis=-1)
    chosen = answers * tf.one_hot(classes, logits.shape[-1])[:, None, None]
    return tf.reduce_sum(logits * chosen, axis=(1, 2, 3)), classes


def _by_class(outputs: Any, architecture: Architecture) -> Any:
    """Give a number a class; a single unit speaks for the second class, and against the first."""
    return tf.concat([-outputs, outputs], axis=-1) if head(architecture).units == 1 else outputs


def _layer(model: keras.Model, architecture: Architecture, deepest: bool) -> Any:
    """Give the layer whose maps are looked at: the last that has maps, or the last of those that are the smallest."""
    output = architecture.outputs[0]
    layers = [layer for node, layer in built_layers(model, architecture) if node.name != output and _is_map(layer)]
    if not layers or not deepest:
        return layers[-1] if layers else None
    sizes = [(layer.output.shape[1] or 0) * (layer.output.shape[2] or 0) for layer in layers]
    return [layer for layer, size in zip(layers, sizes, strict=True) if size == min(sizes)][-1]


def _is_map(layer: keras.layers.Layer) -> bool:
    """Tell whether a layer's output has places to look at."""
    shape = getattr(layer.output, "shape", ())
    return len(shape) == 4 and tuple(shape[1:3]) != (1, 1)


def _before_activation(model: keras.Model, architecture: Architecture) -> Any:
    """Give the main output before its last activation: where a probability is all but 1, it has no gradient left."""
    layer = model.get_layer(architecture.outputs[0])
    if isinstance(layer, keras.layers.Softmax | keras.layers.Activation):
        return layer.input
    if getattr(layer, "activation", None) in (None, keras.activations.linear):
        return layer.output
    plain = type(layer).from_config({**layer.get_config(), "activation": "linear", "name": f"{layer.name}_plain"})
    plain.build(layer.input.shape)
    plain.set_weights(layer.get_weights())
    return plain(layer.input)
