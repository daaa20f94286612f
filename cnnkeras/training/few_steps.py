"""A few steps of a network on some devices, from the same weights each time: what came of them, in all digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.source import Part
from cnnkeras.layers import LAYERS
from cnnkeras.layers.augmentation import Augmentation
from cnnkeras.layers.base import Layer
from cnnkeras.model.builder import build_model
from cnnkeras.spec.architecture import Architecture, Node
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.compiling import compile_model
from cnnkeras.training.fitting import build_for, over_replicas
from cnnkeras.training.setup import prepare

# Layers whose random numbers differ from replica to replica by nature.
RANDOM = ("Dropout", "SpatialDropout2D", "AlphaDropout", "GaussianDropout", "GaussianNoise")

Arrays = list[tuple[str, np.ndarray]]


@dataclass(frozen=True)
class Steps:
    """What some steps came to.

    The figures that they announce, the last one's gradients, and how far each weight went that is trained, and each
    that is not: moving averages.
    """

    figures: dict[str, float]
    gradients: Arrays
    moves: Arrays
    averages: Arrays


def without_chance(architecture: Architecture) -> Architecture:
    """Give the architecture with nothing in it that differs from replica to replica by nature."""
    training = architecture.training.model_copy(update={"precision": "float32", "jit_compile": False})
    nodes = tuple(_calm(node) for node in architecture.nodes)
    return replace(architecture, nodes=nodes, training=training)


def _calm(node: Node) -> Node:
    layer: Layer | None = node.layer
    if isinstance(layer, Augmentation) or (layer is not None and layer.type in RANDOM):
        return replace(node, type="Identity", layer=LAYERS["Identity"].model_validate({"type": "Identity"}))
    if layer is not None and layer.type == "BatchNormalization":
        return replace(node, layer=layer.model_copy(update={"synchronized": True}))
    return node


def take_steps(
    architecture: Architecture, task: TrainableTask, parts: Sequence[Part], size: int, devices: Sequence[str]
) -> list[Steps]:
    """Train one network, in float64, on each of the parts, in batches of `size`: to trace it takes longer than that."""
    changes = {"devices": tuple(devices), "strategy": "auto", "steps_per_execution": 1, "batch_size": size}
    here = replace(architecture, training=architecture.training.model_copy(update=changes))
    keras.backend.clear_session()
    setup = prepare(here, parts[0].size)
    with setup.strategy.value.scope():
        model = build_model(here, "float64")
    compile_model(model, here, task, setup)
    with setup.strategy.value.scope():
        gradients = _keep_gradients(model)
    examples = [batches(part, here, size, True, here.training.seed, replicas=setup.replicas) for part in parts]
    build_for(model, examples[0])
    with over_replicas(model):
        return [_take(model, gradients, some) for some in examples]


def _keep_gradients(model: keras.Model) -> list[Any]:
    """Let the optimizer leave the gradients that it is given, the sum of all replicas', in the variables returned."""
    optimizer = model.optimizer
    kept = [optimizer.add_variable_from_reference(weight, name="gradient") for weight in model.trainable_variables]
    apply = optimizer._backend_apply_gradients

    def keep(grads: Sequence[Any], variables: Sequence[Any]) -> None:
        for grad, variable in zip(grads, variables, strict=True):
            # Every replica has the sum: to assign it the usual way, they would meet once for each variable.
            handle = kept[optimizer._get_variable_index(variable)].value.handle
            tf.raw_ops.AssignVariableOp(resource=handle, value=tf.convert_to_tensor(grad))
        apply(grads, variables)

    optimizer._backend_apply_gradients = keep
    return kept


def _take(model: keras.Model, gradients: Sequence[Any], examples: tf.data.Dataset) -> Steps:
    """Train on the examples once; leave the network and its optimizer as they were."""
    trained, others = model.trainable_weights, model.non_trainable_weights
    variables = [*trained, *others, *model.optimizer.variables]
    before = _arrays(variables)
    history = model.fit(examples, verbose=0, shuffle=False).history
    moves = [now - then for now, then in zip(_arrays([*trained, *others]), before, strict=False)]
    # Before the variables go back, these among them.
    last = _arrays(gradients)
    with model.distribute_strategy.scope():
        for variable, then in zip(variables, before, strict=True):
            variable.assign(then)
    figures = {name: float(values[-1]) for name, values in history.items()}
    parts = ((trained, last), (trained, moves[: len(trained)]), (others, moves[len(trained) :]))
    return Steps(figures, *(_named(*part) for part in parts))


def _arrays(variables: Sequence[Any]) -> list[np.ndarray]:
    return [keras.ops.convert_to_numpy(variable) for variable in variables]


def _named(weights: Sequence[Any], arrays: Sequence[np.ndarray]) -> Arrays:
    return [(weight.path, array) for weight, array in zip(weights, arrays, strict=True)]
