"""An entry's fields as they come to be: `$` arithmetic computed, the classes counted, the layer validated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnkeras.layers import LAYERS
from cnnkeras.layers.base import Layer
from cnnkeras.spec.document import Path
from cnnkeras.spec.entries import Block
from cnnkeras.spec.expression import ExpressionProblem, evaluate
from cnnkeras.spec.habits import suggest_layer
from cnnkeras.spec.messages import validate
from cnnkeras.spec.place import Findings, Place

# Stands for a value that could not be computed; the reason has been reported.
UNKNOWN = object()


@dataclass
class LayerValues:
    """Computes entries' values and makes layers of them."""

    findings: Findings
    blocks: Mapping[str, Block]
    num_classes: int | None
    # The same entry with the same values is validated once: a residual net repeats few layers often.
    _layers: dict[tuple[Path, str], Layer | None] = field(default_factory=dict)

    def compute(self, value: Any, path: Path, place: Place) -> Any:
        """Replace `$` strings and "num_classes" by their values, wherever they stand in a value."""
        if isinstance(value, str) and value.startswith("$"):
            value = self._evaluate(value, path, place)
        if value == "num_classes" and path[-1] in ("units", "filters") and self.num_classes is not None:
            return self.num_classes
        if isinstance(value, tuple):
            return _whole(tuple(self.compute(member, (*path, index), place) for index, member in enumerate(value)))
        if isinstance(value, dict):
            inner = {key: self.compute(member, (*path, key), place) for key, member in value.items()}
            return inner if _whole(inner.values()) is not UNKNOWN else UNKNOWN
        return value

    def _evaluate(self, text: str, path: Path, place: Place) -> Any:
        use = place.use
        if not use.stack:
            hint = "parameters belong to blocks: write the number"
            self.findings.report_at(place, path, "expression", f'"{text}" stands outside a block', hint)
            return UNKNOWN
        try:
            return evaluate(text, use.parameters)
        except ExpressionProblem as problem:
            # A parameter that should have been given was reported where the block is used.
            waiting = self.blocks[use.stack[-1].block].parameters.keys() - use.parameters.keys()
            if not waiting & set(_names_in(text)):
                self.findings.report_at(place, path, "expression", problem.message, problem.hint)
            return UNKNOWN

    def layer(self, layer_type: str, values: Mapping[str, Any], place: Place) -> Layer | None:
        """Make the layer, or None where its entry is wrong."""
        if not layer_type or _whole(values.values()) is UNKNOWN:
            return None
        if layer_type not in LAYERS:
            hint = suggest_layer(layer_type, [*self.blocks, *LAYERS])
            self.findings.report(place, "type", "unknown-type", f'there is no layer or block "{layer_type}"', hint)
            return None
        key = (place.path, repr(values))
        if key not in self._layers:
            fields = {"type": layer_type, **values}
            made = validate(
                LAYERS[layer_type], fields, self.findings.document, place.path, place.label, place.use.notes
            )
            self._layers[key], problems = made
            self.findings.add(problems)
        return self._layers[key]


def count_members(value: Any, counted: dict[int, int]) -> int:
    """Count the values inside a JSON value. `counted` keeps what was counted, as one list may stand in it often."""
    members = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ()
    if id(value) not in counted:
        counted[id(value)] = 1 + sum(count_members(member, counted) for member in members)
    return counted[id(value)]


def _whole(members: Iterable[Any]) -> Any:
    return UNKNOWN if any(member is UNKNOWN for member in members) else members


def _names_in(text: str) -> list[str]:
    return "".join(character if character.isalnum() or character == "_" else " " for character in text).split()
