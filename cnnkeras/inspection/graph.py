"""The architecture as a graph that TensorBoard draws, with the names of the file."""

from __future__ import annotations

import json
from typing import Any

import keras
import tensorflow as tf

from cnnkeras.analysis.walk import walked
from cnnkeras.inspection.built import built_layers
from cnnkeras.layers.base import Shape
from cnnkeras.spec.architecture import INPUT, Architecture, Node


def architecture_graph(model: keras.Model, architecture: Architecture) -> Any:
    """Give a GraphDef with one node a layer; the edges show what flows along them, a click the layer's fields.

    A block's layers stand under its name, as in `encoder1/conv2d_1`: TensorBoard folds by it.
    It is not the graph that TensorFlow computes: that one has a dozen operations for each layer, most of them for
    the gradients. Nor Keras's own, whose JSON TensorBoard reads only of Keras 2.
    """
    graph = tf.compat.v1.GraphDef()
    _add(graph, INPUT, "Input", (), model.inputs[0].shape)
    known = walked(architecture).nodes
    paths = {node.name: "/".join(node.own_names) for node in architecture.nodes}
    for node, layer in built_layers(model, architecture):
        inputs = tuple(paths.get(name, name) for name in node.inputs)
        # Not Keras's: there a backbone whose levels are taken has several outputs.
        shape = known[node.name].output_shape or ()
        _add_layer(graph, node, paths[node.name], inputs, layer, shape)
    return graph


def _add_layer(
    graph: Any, node: Node, path: str, inputs: tuple[str, ...], layer: keras.layers.Layer, shape: Shape
) -> None:
    added = _add(graph, path, node.type, inputs, (None, *shape))
    _note(added, "output_shape", json.dumps(shape))
    _note(added, "parameters", str(layer.count_params()))
    fields = node.layer.model_dump(mode="json", exclude={"type"}) if node.layer else {}
    for name, value in fields.items():
        _note(added, name, value if isinstance(value, str) else json.dumps(value))


def _add(graph: Any, name: str, kind: str, inputs: tuple[str, ...], shape: tuple[int | None, ...]) -> Any:
    added = graph.node.add(name=name, op=kind, input=inputs)
    sides = [tf.TensorShape(shape).as_proto()]
    # The name by which TensorBoard finds what to write along an edge.
    added.attr["_output_shapes"].list.shape.extend(sides)
    return added


def _note(added: Any, name: str, value: str) -> None:
    added.attr[name].s = value.encode()
