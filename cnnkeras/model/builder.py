"""From an architecture to a keras.Model: one Keras layer a node, under the node's name."""

from __future__ import annotations

from typing import Any

import keras

from cnnkeras.errors import RunError, first_line
from cnnkeras.layers.backbones.backbone import Backbone, PyramidLevel
from cnnkeras.model.backbones import WHOLE
from cnnkeras.model.registry import layer_class
from cnnkeras.spec.architecture import INPUT, Architecture, Node

# What TensorFlow and NumPy raise where weights have no room.
_OUT_OF_MEMORY = {"ResourceExhaustedError", "MemoryError", "_ArrayMemoryError"}
_REPORT = "`check` should have found this before: please report it, with the file"


def build_model(architecture: Architecture, precision: str | None = None) -> Any:
    """Build the Keras model of a checked architecture.

    Its layers have the nodes' names, its input is called "input".

    Args:
        architecture: without errors, its number of classes filled in.
        precision: one of Keras's policies, such as "mixed_bfloat16"; None is Keras's global one. What comes out of
            the network is float32 at least: eight bits of a probability are too few for a loss.

    Raises:
        RunError: where Keras refuses a layer, with its reason.

    """
    tensors: dict[str, Any] = {INPUT: keras.Input(architecture.input.shape, name=INPUT)}
    last = "float64" if precision == "float64" else "float32"
    for node in architecture.nodes:
        dtype = last if node.name in architecture.outputs else precision
        inputs = [_taken(node, tensors[name]) for name in node.inputs]
        tensors[node.name] = _apply(node, inputs, dtype, _levels_of(node, architecture))
    outputs = [_whole(tensors[name]) for name in architecture.outputs]
    return keras.Model(tensors[INPUT], outputs[0] if len(outputs) == 1 else outputs, name=architecture.name)


def _levels_of(node: Node, architecture: Architecture) -> tuple[str, ...]:
    """Give the levels that others take of a backbone."""
    if not isinstance(node.layer, Backbone):
        return ()
    layers = (each.layer for each in architecture.nodes if each.inputs == (node.name,))
    return tuple(layer.level for layer in layers if isinstance(layer, PyramidLevel))


def _taken(node: Node, output: Any) -> Any:
    """Give what a node takes of another: its output, or one level of a backbone's."""
    return output[node.layer.level] if isinstance(node.layer, PyramidLevel) else _whole(output)


def _whole(output: Any) -> Any:
    """Give a node's own output; a backbone's is its deepest level."""
    return output[WHOLE] if isinstance(output, dict) else output


def _apply(node: Node, inputs: list[Any], dtype: str | None, levels: tuple[str, ...]) -> Any:
    """Make a node's Keras layer and call it. Raises RunError."""
    try:
        layer = keras_layer(node, dtype)
        if levels:
            layer.levels = list(levels)
        return layer(inputs[0] if len(inputs) == 1 else inputs)
    # Keras documents no list of what a layer may raise, and whatever it is, this node is where it happened.
    except Exception as reason:
        # The label leads to the entry; an entry of a block stands for several nodes.
        message, hint = f'{node.label} "{node.name}": Keras can\'t build it: {first_line(reason)}', _REPORT
        if type(reason).__name__ in _OUT_OF_MEMORY:
            message = f'{node.label} "{node.name}": its weights do not fit into the memory'
            hint = "give it, or the layers before it, fewer filters or units; check shows how many weights each has"
        raise RunError(message, hint) from reason


def keras_layer(node: Node, dtype: str | None = None) -> Any:
    """Give a node's Keras layer, not called yet. Raises what Keras raises for a configuration that it refuses."""
    if node.layer is None:
        raise ValueError("the file's entry is wrong")
    if node.layer.needs_float32 and "16" in (dtype or ""):
        dtype = "float32"
    class_name, config = node.layer.keras_layer()
    return layer_class(class_name)(**config, name=node.name, dtype=dtype)
