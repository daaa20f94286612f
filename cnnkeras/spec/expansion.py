"""Writes out repeats and blocks, so that what is left is a list of single layers with named inputs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from cnnkeras.errors import suggest
from cnnkeras.layers import LAYERS
from cnnkeras.layers.backbones.backbone import LEVELS, Backbone, PyramidLevel
from cnnkeras.layers.base import Layer
from cnnkeras.spec.architecture import INPUT, BlockUse, Node
from cnnkeras.spec.block_use import arguments, use_of
from cnnkeras.spec.entries import ENTRY_KEYS, WRONG, Block, Entry, Scope, given_names
from cnnkeras.spec.layer_values import UNKNOWN, LayerValues
from cnnkeras.spec.messages import show_value, validate
from cnnkeras.spec.place import Findings, Place, Use

# Blocks within blocks grow fast; a network of more layers than this can't be trained by anyone. Uses of blocks
# count too, because blocks that come to nothing take time as well.
MAX_LAYERS = 20_000
MAX_BLOCK_DEPTH = 32


def suggest_output(name: str, known: Iterable[str]) -> str | None:
    """Say which layer was meant, or which levels a backbone has."""
    names, backbone = list(known), name.rpartition(".")[0]
    levels = [each for each in names if backbone and each.rpartition(".")[0] == backbone]
    return suggest(name, names) if not levels or name.casefold() in map(str.casefold, names) else suggest("", levels)


class TooManyLayers(Exception):
    """The blocks write out more layers than MAX_LAYERS."""


@dataclass
class Expansion:
    """Writes out a document's layers. `nodes` is what has come of it so far, `used` the blocks that were used."""

    findings: Findings
    blocks: Mapping[str, Block]
    values: LayerValues
    nodes: list[Node] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    # Whether it stopped before everything was written out.
    is_cut: bool = False
    _names: set[str] = field(default_factory=lambda: {INPUT})
    # The levels of backbones that nothing has taken yet, by name.
    _levels: dict[str, Node] = field(default_factory=dict)
    _written: int = 0

    def run(self, entries: tuple[Any, ...]) -> tuple[str, Mapping[str, str]]:
        """Write out the file's layers; give the last node's name and what the file's names mean."""
        use = Use(("layers",), "layers", {})
        scope = Scope("", {INPUT: INPUT}, given_names(entries))
        try:
            last = self._list(entries, use, scope, (INPUT,))
        except TooManyLayers:
            message = f"repeats and blocks write out more than {MAX_LAYERS:,} layers"
            self.findings.report(Place(use.path, use.label, use), None, "size", message, "lower a repeat")
            last = self.nodes[-1].name if self.nodes else INPUT
            self.is_cut = True
        return last, scope.known

    def _list(self, entries: tuple[Any, ...], use: Use, scope: Scope, incoming: tuple[str, ...]) -> str:
        before = incoming
        for index, entry in enumerate(entries):
            place = use.place(index, entry)
            if not isinstance(entry, dict):
                hint = f'write {{"type": {show_value(entry)}}}' if isinstance(entry, str) else None
                message = f"an entry must be an object, and it is {show_value(entry)}"
                self.findings.report(place, None, "value", message, hint)
            # A stand-in for what is none, so that those behind it are not wrong for that.
            before = (self._entry(entry if isinstance(entry, dict) else {"type": WRONG}, place, scope, before),)
        return before[0]

    def _entry(self, raw: Mapping[str, Any], place: Place, scope: Scope, before: tuple[str, ...]) -> str:
        values = {
            key: self.values.compute(value, (*place.path, key), place) for key, value in raw.items() if key != "type"
        }
        given = {key: values.pop(key) for key in ENTRY_KEYS & values.keys()}
        common = {key: value for key, value in given.items() if value is not UNKNOWN}
        entry, problems = validate(Entry, common, self.findings.document, place.path, place.label, place.use.notes)
        self.findings.add(problems)
        return self._copies(entry or Entry(), self._type(raw, place), values, place, scope, before)

    def _type(self, raw: Mapping[str, Any], place: Place) -> str:
        layer_type = raw.get("type")
        if layer_type is WRONG:
            return ""
        if isinstance(layer_type, str):
            if not layer_type:
                self.findings.report(place, "type", "unknown-type", '"type" is empty', 'write "type": "Conv2D"')
            return layer_type
        message = (
            '"type" is missing'
            if layer_type is None
            else f'"type" must be a string, and it is {show_value(layer_type)}'
        )
        self.findings.report(place, "type", "missing", message, 'add "type", as in {"type": "Conv2D", …}')
        return ""

    def _copies(
        self, entry: Entry, layer_type: str, values: dict[str, Any], place: Place, scope: Scope, before: tuple[str, ...]
    ) -> str:
        inputs = before if entry.inputs is None else self._resolve(entry.inputs, entry.name, place, scope)
        last = inputs[0]
        place = replace(place, use=replace(place.use, silence=(*place.use.silence, *entry.silence)))
        if entry.name:
            self._claim(entry.name, False, place, scope)
        for copy in range(1, self._repeats(entry, inputs, place) + 1):
            self._count()
            name = entry.name or scope.automatic(layer_type or "layer")
            if entry.name and entry.repeat > 1:
                name = f"{name}_{copy}"
                self._claim(name, name in scope.given, place, scope)
            full = self._unique(f"{scope.prefix}{name}")
            if layer_type in self.blocks:
                last = self._block(layer_type, values, inputs, full, place)
            else:
                last = full
                layer = self.values.layer(layer_type, values, place)
                around = (place.use.silence, place.use.stack)
                self.nodes.append(Node(full, layer_type, layer, inputs, place.path, place.label, *around))
                self._add_levels(self.nodes[-1], dict.fromkeys((name, entry.name or name)), scope)
            scope.known[name] = last
            inputs = (last,)
        if entry.name:
            scope.known[entry.name] = last
        return last

    def _repeats(self, entry: Entry, inputs: tuple[str, ...], place: Place) -> int:
        """Give how often an entry is written out; each copy takes what the one before gives, and that is one input."""
        if entry.repeat <= 1 or len(inputs) == 1:
            return entry.repeat
        message = f"each copy takes what the one before gives, and the first takes {len(inputs)} inputs"
        self.findings.report(place, "repeat", "inputs", message, "leave the repeat out, and write the copies out")
        return 1

    def _add_levels(self, node: Node, names: Iterable[str], scope: Scope) -> None:
        """Let a backbone's levels be taken by name. Each becomes a node when something takes it."""
        if node.layer is None and issubclass(LAYERS.get(node.type, Layer), Backbone):
            # What is wrong with it has been said, and to take any level of it is no second mistake.
            scope.known.update((f"{name}.{level}", node.name) for name in names for level in LEVELS)
        for level in node.layer.level_names if isinstance(node.layer, Backbone) else ():
            full = self._unique(f"{node.name}.{level}")
            passed_on = PyramidLevel(type="PyramidLevel", level=level)
            self._levels[full] = replace(node, name=full, type=passed_on.type, layer=passed_on, inputs=(node.name,))
            scope.known.update((f"{name}.{level}", full) for name in names)

    def take(self, name: str) -> str:
        """Give the name of a node that something takes, made now if it is a backbone's level."""
        level = self._levels.pop(name, None)
        if level is not None:
            self.nodes.append(level)
        return name

    def _claim(self, name: str, given: bool, place: Place, scope: Scope) -> None:
        """Report a name that another layer of the list has, or (`given`) is given further below."""
        if given or name in scope.known:
            message = f'the name "{name}" is taken'
            self.findings.report(place, "name", "name", message, "give each layer its own name")

    def _count(self) -> None:
        self._written += 1
        if self._written > MAX_LAYERS:
            raise TooManyLayers

    def _resolve(self, names: tuple[str, ...], own: str | None, place: Place, scope: Scope) -> tuple[str, ...]:
        for name in names:
            if name == own and name not in scope.known:
                hint = "a layer takes from layers above it: name one of those"
                self.findings.report(place, "inputs", "inputs", f'"{name}" is the layer itself', hint)
            elif name in scope.given and name not in scope.known:
                hint = "a layer takes from layers above it: move it up"
                self.findings.report(place, "inputs", "inputs", f'"{name}" stands below it', hint)
            elif name not in scope.known:
                message = f'there is no layer "{name}" above it'
                self.findings.report(place, "inputs", "inputs", message, suggest_output(name, scope.known))
        return tuple(self.take(scope.known.get(name, "")) for name in names)

    def _block(self, name: str, values: Mapping[str, Any], inputs: tuple[str, ...], full: str, place: Place) -> str:
        """Write out a use of a block; give its last node, or "" where it can't be used like this."""
        block, stack = self.blocks[name], [use.block for use in place.use.stack]
        self.used.add(name)
        if name in stack:
            cycle = " → ".join((*stack[stack.index(name) :], name))
            message, hint = f"the block uses itself: {cycle}", "a block can use other blocks only"
            self.findings.report(place, "type", "cycle", message, hint)
        elif len(stack) >= MAX_BLOCK_DEPTH:
            message = f"blocks stand more than {MAX_BLOCK_DEPTH} deep in each other"
            self.findings.report(place, "type", "size", message, "write some of them out")
            self.is_cut = True
        elif len(inputs) != len(block.inputs):
            message = f"the block takes {len(block.inputs)} inputs, and {len(inputs)} are given"
            self.findings.report(place, "inputs", "inputs", message, f"its inputs are {', '.join(block.inputs)}")
        else:
            parameters = arguments(block, values, place, self.findings)
            use = use_of(BlockUse(full, name), parameters, place)
            scope = Scope(f"{full}_", dict(zip(block.inputs, inputs, strict=True)), given_names(block.layers))
            return self._list(block.layers, use, scope, inputs[:1])
        return ""

    def _unique(self, name: str) -> str:
        number, unique = 2, name
        while unique in self._names:
            unique, number = f"{name}_{number}", number + 1
        self._names.add(unique)
        return unique
