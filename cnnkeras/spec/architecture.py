"""The architecture: what a file says, typed, frozen, with blocks and repeats written out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from cnnkeras.layers.base import Layer
from cnnkeras.layers.fields import known
from cnnkeras.spec.data import DataSection
from cnnkeras.spec.document import Document, Path
from cnnkeras.spec.input import InputSection
from cnnkeras.spec.prediction import PredictionSection
from cnnkeras.spec.task import Task
from cnnkeras.spec.training import TrainingSection

# The name by which layers take what comes into the network.
INPUT = "input"


class BlockUse(NamedTuple):
    """One use of a block: the name that begins the names of its layers, and the block's own."""

    name: str
    block: str


@dataclass(frozen=True)
class Node:
    """One layer in its place in the graph.

    `layer` is None where the file's entry is wrong: what follows from it is then unknown.
    `path` leads to the entry in the file, `label` is how messages call it: `layers[3] Conv2D`.
    `inputs` are names of nodes above, or "input"; "" where the file names none that there is.
    `scope` tells in which uses of blocks it stands, the outermost first.
    """

    name: str
    type: str
    layer: Layer | None
    inputs: tuple[str, ...]
    path: Path
    label: str
    silence: tuple[str, ...] = ()
    scope: tuple[BlockUse, ...] = ()

    @property
    def own_names(self) -> tuple[str, ...]:
        """Give its name as a path: what each block around it, and it itself, is called within the one before."""
        outer = ["", *(f"{use.name}_" for use in self.scope)]
        full = [*(use.name for use in self.scope), self.name]
        return tuple(name.removeprefix(before) for before, name in zip(outer, full, strict=True))


@dataclass(frozen=True, eq=False)
class Architecture:
    """One whole experiment. Two are the same only if they are one object, so that results can be kept by it.

    `nodes` stand in the order of computation: a node's inputs are above it. `outputs` are node names; the
    first is the main one, which is evaluated and served. `resolved` is the file's content with the command
    line's changes in it, and runs again as it is. `num_classes` is None while the data has not told it.
    """

    name: str
    description: str
    task: Task | None
    input: InputSection
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    data: DataSection | None
    num_classes: int | None
    training: TrainingSection
    silence: tuple[str, ...]
    unused_blocks: tuple[str, ...]
    document: Document
    resolved: dict[str, Any] = field(repr=False)
    prediction: PredictionSection = field(default_factory=PredictionSection)

    def node(self, name: str) -> Node:
        """Give the node of that name. Raises KeyError where there is none."""
        return next(node for node in self.nodes if node.name == name)

    @cached_property
    def needed(self) -> frozenset[str]:
        """Give the names of the nodes that lead to an output, the outputs among them; no other is in the network."""
        found: set[str] = set()
        # From the last on: who takes what a node gives stands below it.
        for node in reversed(self.nodes):
            if node.name in self.outputs or node.name in found:
                found |= {node.name, *node.inputs}
        return frozenset(found & {node.name for node in self.nodes})

    @property
    def joining(self) -> Node | None:
        """Give the first node that, in training, looks at the whole batch, so that no part can stand for it."""
        nodes = (node for node in self.nodes if node.name in self.needed)
        return next((node for node in nodes if node.layer is not None and node.layer.joins_batch), None)

    def with_num_classes(self, num_classes: int) -> Architecture:
        """Give the same architecture with "num_classes" replaced by the number, once the data has told it."""
        return replace(
            self, num_classes=num_classes, nodes=tuple(_resolve_classes(node, num_classes) for node in self.nodes)
        )


def _resolve_classes(node: Node, num_classes: int) -> Node:
    layer = node.layer
    waiting = [
        name
        for name in ("units", "filters")
        if layer is not None and isinstance(getattr(layer, name, None), str) and known(getattr(layer, name)) is None
    ]
    if layer is None or not waiting:
        return node
    return replace(node, layer=layer.model_copy(update=dict.fromkeys(waiting, num_classes)))
