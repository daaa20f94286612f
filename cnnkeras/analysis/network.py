"""The analysed layers as a graph: who takes what, and what leads to an output."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from cnnkeras.analysis.results import NodeAnalysis
from cnnkeras.analysis.window_side import WindowSide, window_sides
from cnnkeras.layers.windowed import WindowedLayer
from cnnkeras.spec.architecture import INPUT, Architecture


@dataclass(frozen=True)
class Network:
    """An architecture with its analysis; `nodes` stand in the order of computation."""

    architecture: Architecture
    nodes: Mapping[str, NodeAnalysis]

    @cached_property
    def consumers(self) -> Mapping[str, tuple[NodeAnalysis, ...]]:
        """Give, by name, the layers that take a layer's output (or "input"), each once."""
        takers: dict[str, dict[str, NodeAnalysis]] = {name: {} for name in (INPUT, *self.nodes)}
        for node in self.nodes.values():
            for name in node.node.inputs:
                takers.setdefault(name, {})[node.name] = node
        return {name: tuple(found.values()) for name, found in takers.items()}

    @cached_property
    def preceding(self) -> Mapping[str, str]:
        """Give, by name, what stands before a layer in the order of computation: a layer, or the input."""
        return dict(zip(self.nodes, [INPUT, *self.nodes], strict=False))

    @cached_property
    def windows(self) -> tuple[tuple[NodeAnalysis, WindowedLayer, tuple[WindowSide, ...]], ...]:
        """Give the layers that slide a window over a map, and the window along each side whose size is known."""
        found = []
        for node in self.nodes.values():
            layer, shape = node.node.layer, node.input_shapes[0] if node.input_shapes else None
            # A layer that does not fit its input has been reported.
            if isinstance(layer, WindowedLayer) and shape is not None and node.output_shape is not None:
                found.append((node, layer, tuple(window_sides(layer, shape))))
        return tuple(found)

    @property
    def main(self) -> NodeAnalysis | None:
        """Give the layer whose output is evaluated; None where that is the input, or a layer that is wrong."""
        return self.nodes.get(self.architecture.outputs[0])

    def before(self, node: NodeAnalysis) -> NodeAnalysis | None:
        """Give the layer that a layer takes first, or None where it takes the network's input."""
        return self.nodes.get(node.node.inputs[0])

    def after(self, node: NodeAnalysis) -> NodeAnalysis | None:
        """Give the one layer that takes a layer's output, or None where there are more, or it is an output."""
        takers = self.consumers[node.name]
        return takers[0] if len(takers) == 1 and node.name not in self.architecture.outputs else None

    def downstream(self, node: NodeAnalysis) -> Iterator[NodeAnalysis]:
        """Give every layer that anything of a layer's output reaches."""
        reached = {node.name}
        for later in self.nodes.values():
            if reached.intersection(later.node.inputs):
                reached.add(later.name)
                yield later
