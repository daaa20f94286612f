"""Lints of the network's answers: activations that the loss does not go with."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.analysis.answers import PROBABILITIES, activation_of, answering
from cnnkeras.analysis.lints.finding import Finding, at
from cnnkeras.analysis.network import Network
from cnnkeras.analysis.results import NodeAnalysis
from cnnkeras.spec.losses import CROSSENTROPIES, UNITWISE

# Layers that bend their input and have no field for it.
_BENDING = ("ELU", "LeakyReLU", "PReLU", "ReLU")


def bent_output(network: Network) -> Iterator[Finding]:
    """Find an output that is bent before the loss makes probabilities of it, or its classes compared one by one."""
    loss = network.architecture.training.loss
    crossentropies = [part.type for part in loss.parts if part.type in CROSSENTROPIES] if loss else [CROSSENTROPIES[0]]
    task = network.architecture.task
    if not crossentropies or task is None or task.label == "boxes":
        return
    for node in _outputs(network):
        field = None if node.type in (*_BENDING, "Softmax") else "activation"
        units = node.output_shape[-1] if node.output_shape else None
        compared = [name for name in crossentropies if name not in UNITWISE] if units != 1 else []
        bend = _bend(node)
        if units != 1 and activation_of(node.node) == "softmax":
            yield from _bent_before(network, node)
        elif bend:
            instead = '"sigmoid"' if units == 1 or not compared else '"softmax"'
            message = f"the loss makes probabilities of what {bend} has bent"
            yield at(node, message, f'use {instead}, or "linear", at the output', field)
        elif compared and activation_of(node.node) in ("sigmoid", "hard_sigmoid"):
            message = f"its sigmoid answers each class by itself, and {compared[0]} compares the classes"
            yield at(node, message, 'use "softmax" here, or the loss "binary_crossentropy"', field)


def _bent_before(network: Network, softmax: NodeAnalysis) -> Iterator[Finding]:
    """Find what is bent before a layer that is nothing but a softmax."""
    if softmax.type not in ("Softmax", "Activation"):
        return
    for made in answering(network.architecture, softmax.node.inputs[0]):
        node = network.nodes[made.name] if made is not None else None
        if node is not None and (bend := _bend(node)):
            field = None if node.type in _BENDING else "activation"
            message = f"{softmax.label} makes probabilities of what {bend} has bent"
            yield at(node, message, 'leave it out, or use "linear"', field)


def _outputs(network: Network) -> Iterator[NodeAnalysis]:
    """Give the layers that make the answers, each once; an output that is none has been reported."""
    architecture, task = network.architecture, network.architecture.task
    shapes = {name: network.nodes[name].output_shape for name in architecture.outputs if name in network.nodes}
    found: dict[str, NodeAnalysis] = {}
    for output, shape in shapes.items():
        if shape is not None and task is not None and task.check_output(shape, architecture.num_classes) is None:
            names = [node.name for node in answering(architecture, output) if node is not None]
            found |= {name: network.nodes[name] for name in names}
    return iter(found.values())


def _bend(node: NodeAnalysis) -> str | None:
    if node.type in _BENDING:
        return "it"
    activation = activation_of(node.node)
    return None if activation in (*PROBABILITIES, "linear", "log_softmax") else activation
