"""Which nodes of a file are in the network that was built from it."""

from __future__ import annotations

import keras

from cnnkeras.spec.architecture import Architecture, Node


def built_layers(model: keras.Model, architecture: Architecture) -> list[tuple[Node, keras.layers.Layer]]:
    """Give the nodes with their Keras layers, in the file's order. A node that leads to no output is in no network."""
    there = {layer.name: layer for layer in model.layers}
    return [(node, there[node.name]) for node in architecture.nodes if node.name in there]
