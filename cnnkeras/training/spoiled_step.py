"""The step that spoilt a network, looked at: its batch, what comes out of every layer, the loss, the gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.spec.architecture import Architecture, Node
from cnnkeras.training.finite import ORDINARY, largest, not_finite
from cnnkeras.training.fitting import divided


class Origin(NamedTuple):
    """What was found, and what to do about it where that is not the learning rate."""

    text: str
    hint: str | None = None


@dataclass(frozen=True)
class SpoiledStep:
    """The step that spoilt a network: the variables before it, and in how many parts its batch was taken."""

    model: keras.Model
    before: list[np.ndarray]
    parts: int

    def call(self, network: keras.Model, images: Any) -> Any:
        """Call `network`, the model or some of its layers, as the step did: with the same weights and draws."""
        self._go_back()
        with divided(network, 1, self.parts):
            return network(images, training=True)

    def loss_and_gradients(self, images: Any, labels: Any, weights: Any) -> tuple[Any, list[Any]]:
        """Give the step's loss, and its gradients of the weights that are trained, None where one has none.

        As one graph: called by itself, what is compiled for each layer's size would be warned of.
        """
        model = self.model

        @tf.function(autograph=False)  # type: ignore[untyped-decorator]  # TensorFlow carries no types
        def both() -> tuple[Any, list[Any]]:
            with tf.GradientTape() as tape:
                outputs = model(images, training=True)
                loss = model.compute_loss(x=images, y=labels, y_pred=outputs, sample_weight=weights)
            return loss, tape.gradient(loss, [variable.value for variable in model.trainable_variables])

        self._go_back()
        with divided(model, 1, self.parts):
            return both()  # type: ignore[no-any-return]  # it has no types

    def _go_back(self) -> None:
        for variable, array in zip(self.model.variables, self.before, strict=True):
            variable.assign(array)


def look_at(step: SpoiledStep, architecture: Architecture, number: int, batch: Any) -> Origin:
    """Find the first number that is none in the step of this batch."""
    after = not_finite(step.model)
    images, labels, weights = (*batch, None)[:3]
    found = (
        _in_batch(images, labels)
        or _in_outputs(step, architecture, images)
        or _in_loss_and_gradients(step, architecture, images, labels, weights)
        or Origin(f"the step itself, which made {after or 'the weights'} no numbers")
    )
    return found._replace(text=f"it began in step {number} with {found.text}")


def _in_batch(images: Any, labels: Any) -> Origin | None:
    for name, tensors in (("pictures", images), ("labels", labels)):
        if not all(_is_finite(tensor) for tensor in tf.nest.flatten(tensors)):
            hint = "look at the data with the command `data`, and at data.augmentation"
            return Origin(f"the {name} of the batch, which hold numbers that are none", hint)
    return None


def _in_outputs(step: SpoiledStep, architecture: Architecture, images: Any) -> Origin | None:
    """Look at what comes out of each layer, in the order of computation."""
    model = step.model
    layers = [model.get_layer(node.name) for node in architecture.nodes if _has(model, node.name)]
    outputs = step.call(keras.Model(model.input, [layer.output for layer in layers]), images)
    values = {"input": images, **{layer.name: output for layer, output in zip(layers, outputs, strict=True)}}
    for node in architecture.nodes:
        if node.name in values and not all(_is_finite(each) for each in tf.nest.flatten(values[node.name])):
            return _of_output(model, architecture, node, values)
    return None


def _of_output(model: keras.Model, architecture: Architecture, node: Node, values: dict[str, Any]) -> Origin:
    output = tf.nest.flatten(values[node.name])[0]
    wrong = tf.reduce_any(~tf.math.is_finite(tf.reshape(tf.cast(output, tf.float32), [len(output), -1])), axis=1)
    count = f"{int(tf.reduce_sum(tf.cast(wrong, tf.int32)))} of {len(output)} pictures"
    taken = largest(each for name in node.inputs for each in tf.nest.flatten(values.get(name, ())))
    held = largest(model.get_layer(node.name).weights)
    reach = f"what goes in reaches {taken:.3g}" + (f", its weights {held:.3g}" if held is not None else "")
    hint = None
    if max(taken or 0.0, held or 0.0) < ORDINARY:
        hint = "look at this layer: it makes what is no number of ordinary ones"
    return Origin(f"what comes out of {_named(architecture, node)}, for {count}; {reach}", hint)


def _in_loss_and_gradients(
    step: SpoiledStep, architecture: Architecture, images: Any, labels: Any, weights: Any
) -> Origin | None:
    model = step.model
    loss, gradients = step.loss_and_gradients(images, labels, weights)
    if not _is_finite(loss):
        of = _named(architecture, architecture.node(architecture.outputs[0]))
        return Origin(f"the loss of what comes out of {of}, every number of which is one")
    wrong = {
        id(variable)
        for variable, gradient in zip(model.trainable_variables, gradients, strict=True)
        if gradient is not None and not _is_finite(gradient)
    }
    # They come from the loss: the last layer is the first that they reach.
    for node in reversed(architecture.nodes):
        own = model.get_layer(node.name).trainable_variables if _has(model, node.name) else ()
        if any(id(variable) in wrong for variable in own):
            return Origin(f"the gradient of {_named(architecture, node)}; the loss was {float(loss):.4g}")
    return None


def _has(model: keras.Model, name: str) -> bool:
    """Tell whether a node is in the network: what leads to no output is not."""
    return any(layer.name == name for layer in model.layers)


def _is_finite(value: Any) -> bool:
    tensor = tf.convert_to_tensor(value)
    return not tensor.dtype.is_floating or bool(tf.reduce_all(tf.math.is_finite(tensor)))


def _named(architecture: Architecture, node: Node) -> str:
    """Name a layer as messages do, with its place in the file."""
    place = architecture.document.diagnostic("training", node.path, "")
    return f'{node.label} "{node.name}" ({place.file}:{place.line}:{place.column})'
