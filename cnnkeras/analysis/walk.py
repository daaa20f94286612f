"""Walks the layers in the order of computation and asks each what comes out of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from cnnkeras.analysis.receptive_field import PIXEL, Field, follow
from cnnkeras.analysis.results import NodeAnalysis
from cnnkeras.errors import Diagnostic
from cnnkeras.layers.backbones.backbone import Backbone, PyramidLevel
from cnnkeras.layers.base import Layer, LayerProblem, Shape, show
from cnnkeras.spec.architecture import INPUT, Architecture, Node


@lru_cache(maxsize=4)
def walked(architecture: Architecture) -> Walk:
    """Give the finished walk through an architecture. It is kept: the checks of the task and the lints ask again."""
    walk = Walk(architecture)
    walk.run()
    return walk


@dataclass
class Walk:
    """One way through an architecture. `nodes` and `found` are what has come of it so far, `nodes` by name."""

    architecture: Architecture
    nodes: dict[str, NodeAnalysis] = field(default_factory=dict)
    found: list[Diagnostic] = field(default_factory=list)
    _levels: dict[str, dict[str, Shape]] = field(default_factory=dict)

    def run(self) -> None:
        """Visit every layer. What follows from something wrong is unknown and makes no further finding."""
        for node in self.architecture.nodes:
            self.nodes[node.name] = self._visit(node)

    def _visit(self, node: Node) -> NodeAnalysis:
        shapes = tuple(self._taken(node, name) for name in node.inputs)
        known = tuple(shape for shape in shapes if shape is not None)
        unknown = NodeAnalysis(node, shapes)
        if node.layer is None or len(known) < len(shapes):
            return unknown
        try:
            _check_arity(node.layer, len(shapes))
            return self._figures(node, node.layer, known)
        except LayerProblem as problem:
            self.found.append(diagnose(self.architecture, node, problem, (self._inputs_note(node, known),)))
            return unknown

    def _figures(self, node: Node, layer: Layer, shapes: tuple[Shape, ...]) -> NodeAnalysis:
        output = layer.output_shape(*shapes)
        if isinstance(layer, Backbone):
            self._levels[node.name] = layer.levels(*shapes)
        weights = layer.parameters(*shapes)
        if weights is None and self.architecture.num_classes is not None:
            raise LayerProblem(
                "its number of weights follows from the size of the picture, which input.shape leaves free",
                hint="give input.shape a height and a width, or put GlobalAveragePooling2D in front of it",
            )
        fields = [self._field(name) for name in node.inputs]
        seen = [each for each in fields if each]
        reach = layer.reach(*shapes)
        return NodeAnalysis(
            node,
            shapes,
            output,
            parameters=weights and sum(weights),
            trainable_parameters=weights and weights.trainable,
            macs=layer.macs(*shapes),
            field=follow(seen, reach, shapes, self.architecture.input.shape) if len(seen) == len(fields) else None,
        )

    def _taken(self, node: Node, name: str) -> Shape | None:
        """Give the shape of what a node takes of another: its output, or one level of a backbone's."""
        if isinstance(node.layer, PyramidLevel):
            return self._levels.get(name, {}).get(node.layer.level)
        return self._shape(name)

    def _shape(self, name: str) -> Shape | None:
        if name == INPUT:
            return self.architecture.input.shape
        # A name that is not there has been reported where the file was read.
        return self.nodes[name].output_shape if name in self.nodes else None

    def _field(self, name: str) -> Field | None:
        return PIXEL if name == INPUT else self.nodes[name].field

    def _inputs_note(self, node: Node, shapes: tuple[Shape, ...]) -> str:
        labels = ("the network's input" if name == INPUT else self.nodes[name].label for name in node.inputs)
        inputs = " and ".join(f"{label}, {show(shape)}" for label, shape in zip(labels, shapes, strict=True))
        return f"its inputs are {inputs}" if len(shapes) > 1 else f"its input is {inputs}"


def diagnose(architecture: Architecture, node: Node, problem: LayerProblem, notes: tuple[str, ...] = ()) -> Diagnostic:
    """Give the finding for a problem of a layer, at the field that makes it."""
    path = node.path if problem.field is None else (*node.path, problem.field)
    message = f"{node.label}: {problem.message}"
    return architecture.document.diagnostic(problem.code, path, message, problem.hint, (*notes, *block_notes(node)))


def block_notes(node: Node) -> tuple[str, ...]:
    """Say which of its copies a layer of a block is: the file has its entry once."""
    return (f'as "{node.name}", written out from its block',) if node.path[0] == "blocks" else ()


def _check_arity(layer: Layer, count: int) -> None:
    fewest, most = layer.arity
    if count < fewest:
        needs = f"needs {_inputs(fewest)}" if fewest == most else f"needs at least {_inputs(fewest)}"
        raise LayerProblem(
            f"{needs}, and has {count}", 'name them: "inputs": ["one", "other"]', field="inputs", code="inputs"
        )
    if most is not None and count > most:
        message = f"takes {_inputs(most)}, and has {count}"
        raise LayerProblem(message, "join them first, with Concatenate or Add", field="inputs", code="inputs")


def _inputs(count: int) -> str:
    return "1 input" if count == 1 else f"{count} inputs"
