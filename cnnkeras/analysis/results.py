"""What an analysis gives: figures by layer, their totals, and everything that was found wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from cnnkeras.analysis.receptive_field import Field, ReceptiveField, measure
from cnnkeras.errors import Diagnostic
from cnnkeras.layers.base import Shape, product
from cnnkeras.spec.architecture import Node
from cnnkeras.spec.document import Path

# Activations are counted as float32.
BYTES_PER_NUMBER = 4


@dataclass(frozen=True)
class NodeAnalysis:
    """What one layer does. A figure is None where it can't be known; nothing is guessed.

    Shapes leave the batch out; multiply-accumulates and memory are for one picture. `field` holds the receptive
    field of every output position, `receptive_field` what is reported of it.
    """

    node: Node
    input_shapes: tuple[Shape | None, ...]
    output_shape: Shape | None = None
    parameters: int | None = None
    trainable_parameters: int | None = None
    macs: int | None = None
    field: Field | None = None

    @property
    def name(self) -> str:
        """Give the node's name."""
        return self.node.name

    @property
    def type(self) -> str:
        """Give the layer's type."""
        return self.node.type

    @property
    def label(self) -> str:
        """Give what messages call it: `layers[3] Conv2D`."""
        return self.node.label

    @property
    def path(self) -> Path:
        """Give where its entry stands in the file."""
        return self.node.path

    @property
    def activation_memory(self) -> int | None:
        """Give the bytes of the output."""
        numbers = None if self.output_shape is None else product(self.output_shape)
        return None if numbers is None else numbers * BYTES_PER_NUMBER

    @cached_property
    def receptive_field(self) -> ReceptiveField | None:
        """Give size, stride and start in pixels of the picture."""
        return None if self.field is None or self.output_shape is None else measure(self.field, self.output_shape)

    def to_json(self) -> dict[str, Any]:
        """Give one entry of `layers` in `check --json`."""
        shape = None if self.output_shape is None else list(self.output_shape)
        return {"name": self.name, "type": self.type, "output_shape": shape, **_figures(self)}


class Totals(NamedTuple):
    """The sums over all layers that lead to an output. The receptive field is the main output's."""

    parameters: int | None
    trainable_parameters: int | None
    macs: int | None
    activation_memory: int | None
    receptive_field: ReceptiveField | None


@dataclass(frozen=True)
class Analysis:
    """The layers in the order of computation, what they come to, and what was found, in the order of the file."""

    nodes: tuple[NodeAnalysis, ...]
    totals: Totals
    diagnostics: tuple[Diagnostic, ...]

    @property
    def ok(self) -> bool:
        """Tell whether there is no error; a warning is none."""
        return all(diagnostic.severity != "error" for diagnostic in self.diagnostics)

    @cached_property
    def by_name(self) -> Mapping[str, NodeAnalysis]:
        """Give the layers by name."""
        return {node.name: node for node in self.nodes}

    def to_json(self) -> dict[str, Any]:
        """Give the object that `check --json` prints."""
        return {
            "ok": self.ok,
            "diagnostics": [diagnostic.to_json() for diagnostic in self.diagnostics],
            "layers": [node.to_json() for node in self.nodes],
            "totals": _figures(self.totals),
        }


def _figures(result: NodeAnalysis | Totals) -> dict[str, Any]:
    names = ("parameters", "trainable_parameters", "macs", "activation_memory")
    receptive_field = result.receptive_field
    pairs = receptive_field and {name: list(pair) for name, pair in receptive_field._asdict().items()}
    return {**{name: getattr(result, name) for name in names}, "receptive_field": pairs}
