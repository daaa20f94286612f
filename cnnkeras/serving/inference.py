"""The network as it is served: a copy in float32, apart from training, with its features in reach."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from cnnkeras.serving.portable import PORTABLE
from cnnkeras.spec.architecture import INPUT, Architecture

OUTPUTS, FEATURES = "outputs", "features"


def inference_model(model: keras.Model, architecture: Architecture) -> keras.Model:
    """Give a copy that maps pictures to `{"outputs": the main output, "features": what its head reads}`.

    It is a copy because what is served must not depend on how it was trained: it computes in float32 on
    every machine (a mixed network's weights are float32 already, and a processor without bfloat16 or float16
    would crawl), and its variables are plain ones, not spread over replicas.
    """
    # Not on the graphics card: the training has its memory, and the export is verified on the processor.
    with tf.device("/CPU:0"), keras.saving.custom_object_scope(PORTABLE):
        copy = float32_copy(model)
    outputs = {OUTPUTS: _main_output(copy, architecture), FEATURES: _features(copy, architecture)}
    return keras.Model(copy.inputs[0], outputs, name=model.name)


def float32_copy(model: keras.Model) -> keras.Model:
    """Give a copy that computes in float32, however the network was trained."""
    copy = type(model).from_config(_in_float32(model.get_config()))
    copy.set_weights(model.get_weights())
    return copy


def _in_float32(config: Any) -> Any:
    """Rewrite every precision policy in a Keras configuration."""
    if isinstance(config, dict):
        if config.get("class_name") == "DTypePolicy":
            return {**config, "config": {"name": "float32"}}
        return {key: _in_float32(value) for key, value in config.items()}
    if isinstance(config, list | tuple):
        return type(config)(_in_float32(value) for value in config)
    return config


def _main_output(model: keras.Model, architecture: Architecture) -> Any:
    return model.get_layer(architecture.outputs[0]).output


def _features(model: keras.Model, architecture: Architecture) -> Any:
    """Give what the head reads: the input of the last layer with weights on the way to the main output.

    An activation or a pooling after the last Dense or Conv2D belongs to the head, so it is skipped.
    """
    name = architecture.outputs[0]
    while True:
        layer, above = model.get_layer(name), architecture.node(name).inputs[0]
        if layer.weights or above == INPUT:
            return layer.input[0] if isinstance(layer.input, list) else layer.input
        name = above
