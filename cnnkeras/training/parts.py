"""A batch that passes through a network in parts, which the cores take side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from cnnkeras.model.activation import LOGITS


class Parts:
    """Stands in a network for a tensor, of which there are parts: Keras takes it for one thing."""

    def __init__(self, parts: Sequence[Any]) -> None:
        self.parts = list(parts)


@contextmanager
def in_parts(model: keras.Model, count: int, prepare: Callable[[Any], Any] = tf.identity) -> Iterator[None]:
    """Let every batch pass through a network in `count` parts, which the cores take side by side.

    What comes out, loss, gradients and metrics are those of the whole batch, to the rounding of their type, for a
    network whose layers do not join it (`Architecture.joining`); the parts meet in each BatchNormalization that is
    trained. `prepare` turns the pictures of a part of training into what the network takes; those of an evaluation are
    ready.
    """
    whole = model.call

    def call(inputs: Any, training: bool | None = None, mask: Any = None) -> Any:  # noqa: ARG001  # Keras's signature
        size = tf.shape(inputs)[0]
        ready = prepare if training else tf.identity
        parts = [ready(part) for part in _cut(inputs, size, count)]
        if training and any(is_joint(layer) for layer in model.layers):
            together = model._run_through_graph(Parts(parts), call_fn=_on_parts(_shares(parts, size)))
            return keras.tree.map_structure(lambda output: _joined(output.parts, size), together)
        outputs = [whole(part, training=training) for part in parts]
        return keras.tree.map_structure(lambda *parts: _joined(parts, size), *outputs)

    model.call = call
    try:
        yield
    finally:
        del model.call


def is_joint(layer: Any) -> bool:
    """Tell whether the parts of a batch meet in a layer, in training."""
    return hasattr(layer, "call_on_parts") and bool(layer.trainable)


def _shares(parts: Sequence[Any], size: Any) -> list[Any]:
    """Give each part's share of the batch, in float64: nothing where its pictures are in another part, too."""
    return [tf.where(index < size, tf.shape(part)[0], 0) / size for index, part in enumerate(parts)]


def _on_parts(shares: Sequence[Any]) -> Callable[..., Any]:
    """Give what calls an operation, in training, on each part of what it takes, or on all of them together."""

    def call(operation: Any, *arguments: Any, **options: Any) -> Any:
        if is_joint(operation):
            return Parts(operation.call_on_parts(arguments[0].parts, shares))
        if "training" in getattr(operation, "_call_context_args", {}):
            options["training"] = True
        each = [_part(index, (arguments, options)) for index in range(len(shares))]
        outputs = [operation(*its_arguments, **its_options) for its_arguments, its_options in each]
        return keras.tree.map_structure(lambda *parts: Parts(parts), *outputs)

    return call


def _part(index: int, values: Any) -> Any:
    """Give one part of all that has parts."""
    return keras.tree.map_structure(lambda value: value.parts[index] if isinstance(value, Parts) else value, values)


def _cut(inputs: Any, size: Any, count: int) -> list[Any]:
    """Cut a batch of `size` into parts, none of them empty: oneDNN fails on a batch of nothing.

    Of fewer pictures than parts the last one is in those that are left over, too: `_joined` drops what comes of them.
    """
    enough = size >= count
    starts = [tf.where(enough, size * part // count, tf.minimum(part, size - 1)) for part in range(count)]
    ends = [tf.where(enough, size * (part + 1) // count, start + 1) for part, start in enumerate(starts)]
    return [inputs[start:end] for start, end in zip(starts, ends, strict=True)]


def _joined(parts: Sequence[Any], size: Any) -> Any:
    """Put the parts of an output together, with the logits that Keras takes crossentropies from, if any."""
    output = tf.concat(parts, 0)[:size]
    if all(hasattr(part, LOGITS) for part in parts):
        setattr(output, LOGITS, tf.concat([getattr(part, LOGITS) for part in parts], 0)[:size])
    return output
