"""Writes out repeats and blocks, so that what is left is a list of single layers with named inputs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cnnkeras.errors import Diagnostic, suggest
from cnnkeras.layers import LAYERS
from cnnkeras.layers.base import Layer
from cnnkeras.spec.architecture import INPUT, Node
from cnnkeras.spec.document import Document, Path, path_name
from cnnkeras.spec.entries import ENTRY_KEYS, Block, Entry, Scope
from cnnkeras.spec.expression import ExpressionProblem, evaluate
from cnnkeras.spec.messages import show_value, validate

# Blocks within blocks grow fast; a network of more layers than this can't be trained by anyone. Uses of blocks
# count too, because blocks that come to nothing take time as well.
MAX_LAYERS = 20_000
MAX_BLOCK_DEPTH = 32


@dataclass(frozen=True)
class Use:
    """Where a list of layers is written out: the file itself, or one use of a block."""

    path: Path
    label: str
    parameters: Mapping[str, Any]
    stack: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class TooManyLayers(Exception):
    """The blocks write out more layers than MAX_LAYERS."""


@dataclass
class Expansion:
    """Writes out a document's layers. `nodes` and `found` are what has come of it so far."""

    document: Document
    blocks: Mapping[str, Block]
    num_classes: int | None
    nodes: list[Node] = field(default_factory=list)
    found: list[Diagnostic] = field(default_factory=list)
    used: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=lambda: {INPUT})
    # The same entry with the same parameters is validated once: a residual net repeats few layers often.
    _layers: dict[tuple[Path, str], Layer | None] = field(default_factory=dict)
    _reported: set[tuple[str, str]] = field(default_factory=set)
    _written: int = 0

    def run(self, entries: tuple[Any, ...]) -> tuple[str, Mapping[str, str]]:
        """Write out the file's layers; give the last node's name and what the file's names mean."""
        scope = Scope("", {INPUT: INPUT}, _given_names(entries))
        try:
            last = self._list(entries, Use(("layers",), "layers", {}), scope, (INPUT,))
        except TooManyLayers:
            message = f"layers: repeats and blocks write out more than {MAX_LAYERS:,} layers"
            self.found.append(self.document.diagnostic("size", ("layers",), message, "lower a repeat"))
            last = self.nodes[-1].name if self.nodes else INPUT
        return last, scope.known

    def _list(self, entries: tuple[Any, ...], use: Use, scope: Scope, incoming: tuple[str, ...]) -> str:
        before = incoming
        for index, entry in enumerate(entries):
            path = (*use.path, index)
            label = f"{use.label}[{index}]"
            if isinstance(entry, dict):
                before = (self._entry(entry, path, label, use, scope, before),)
            else:
                self._report(path, "value", f"{label} must be an object, and it is {show_value(entry)}", None, use)
        return before[0]

    def _entry(self, raw: Mapping[str, Any], path: Path, label: str, use: Use, scope: Scope, before: tuple[str, ...]) -> str:
        layer_type = raw.get("type")
        label = f"{label} {layer_type}" if isinstance(layer_type, str) else label
        values = {key: self._compute(value, (*path, key), label, use) for key, value in raw.items() if key != "type"}
        if not isinstance(layer_type, str):
            message = f'{label}: "type" is missing' if layer_type is None else f'{label}: "type" must be a string, and it is {show_value(layer_type)}'
            self._report((*path, "type"), "missing", message, 'add "type", as in {"type": "Conv2D", …}', use)
            layer_type = ""
        common = {key: values.pop(key) for key in ENTRY_KEYS & values.keys()}
        entry, problems = validate(Entry, common, self.document, path, label, use.notes)
        self._add(problems)
        return self._copies(entry or Entry(), layer_type, values, path, label, use, scope, before)

    def _copies(
        self, entry: Entry, layer_type: str, values: dict[str, Any], path: Path, label: str, use: Use, scope: Scope, before: tuple[str, ...]
    ) -> str:
        inputs = before if entry.inputs is None else self._resolve(entry.inputs, path, label, use, scope)
        last = inputs[0]
        for copy in range(1, entry.repeat + 1):
            self._written += 1
            if self._written > MAX_LAYERS:
                raise TooManyLayers
            name = entry.name or scope.automatic(layer_type or "layer")
            if entry.name and entry.repeat > 1:
                name = f"{name}_{copy}"
            full = self._unique(f"{scope.prefix}{name}")
            if layer_type in self.blocks:
                last = self._block(layer_type, values, inputs, full, path, label, use)
            else:
                last = self._node(entry, layer_type, values, inputs, full, path, label, use)
            scope.known[name] = last
            inputs = (last,)
        if entry.name:
            self._name(entry.name, last, path, label, use, scope)
        return last

    def _name(self, name: str, node: str, path: Path, label: str, use: Use, scope: Scope) -> None:
        taken = name == INPUT or (name in scope.known and scope.known[name] != node)
        if taken:
            self._report((*path, "name"), "name", f'{label}: the name "{name}" is taken', "give each layer its own name", use)
        scope.known[name] = node

    def _resolve(self, names: tuple[str, ...], path: Path, label: str, use: Use, scope: Scope) -> tuple[str, ...]:
        for name in names:
            if name not in scope.known:
                below = name in scope.given
                message = f'{label}: "{name}" stands below it' if below else f'{label}: there is no layer "{name}" above it'
                hint = "a layer takes from layers above it: move it up" if below else suggest(name, scope.known)
                self._report((*path, "inputs"), "inputs", message, hint, use)
        return tuple(scope.known.get(name, "") for name in names)

    def _block(
        self, name: str, values: Mapping[str, Any], inputs: tuple[str, ...], full: str, path: Path, label: str, use: Use
    ) -> str:
        block = self.blocks[name]
        self.used.add(name)
        if name in use.stack:
            cycle = " → ".join((*use.stack[use.stack.index(name) :], name))
            self._report((*path, "type"), "cycle", f"{label}: the block uses itself: {cycle}", "a block can use other blocks only", use)
            return ""
        if len(use.stack) >= MAX_BLOCK_DEPTH:
            message = f"{label}: blocks stand more than {MAX_BLOCK_DEPTH} deep in each other"
            self._report((*path, "type"), "size", message, "write some of them out", use)
            return ""
        if len(inputs) != len(block.inputs):
            message = f'{label}: the block takes {len(block.inputs)} inputs, and {len(inputs)} are given'
            self._report((*path, "inputs"), "inputs", message, f'its inputs are {", ".join(block.inputs)}', use)
            return ""
        parameters = self._arguments(name, block, values, path, label, use)
        given = ", ".join(f"{key}={show_value(value)}" for key, value in parameters.items())
        note = f"in the block used at {label}" + (f" with {given}" if given else "")
        inner = Use(("blocks", name, "layers"), f"blocks.{name}.layers", parameters, (*use.stack, name), (*use.notes, note))
        scope = Scope(f"{full}_", dict(zip(block.inputs, inputs, strict=True)), _given_names(block.layers))
        return self._list(block.layers, inner, scope, inputs[:1])

    def _arguments(
        self, name: str, block: Block, values: Mapping[str, Any], path: Path, label: str, use: Use
    ) -> dict[str, Any]:
        for key in values.keys() - block.parameters.keys():
            hint = suggest(key, block.parameters) or "the block has no parameters"
            self._report((*path, key), "unknown-key", f'{label}: the block has no parameter "{key}"', hint, use, at_key=True)
        parameters = {key: values.get(key, default) for key, default in block.parameters.items()}
        missing = [key for key, value in parameters.items() if value is None and key not in values]
        for key in missing:
            self._report(path, "missing", f'{label}: the parameter "{key}" is missing', f'add "{key}"', use)
        # Left out, so that what needs it is not wrong a second time.
        return {key: value for key, value in parameters.items() if key not in missing}

    def _node(
        self, entry: Entry, layer_type: str, values: Mapping[str, Any], inputs: tuple[str, ...], full: str, path: Path, label: str, use: Use
    ) -> str:
        layer = self._layer(layer_type, values, path, label, use)
        self.nodes.append(Node(full, layer_type, layer, inputs, path, label, entry.silence))
        return full

    def _layer(self, layer_type: str, values: Mapping[str, Any], path: Path, label: str, use: Use) -> Layer | None:
        # A value that could not be computed is unknown, and has been reported.
        if not layer_type or any(value is _UNKNOWN for value in values.values()):
            return None
        if layer_type not in LAYERS:
            hint = suggest(layer_type, [*self.blocks, *LAYERS])
            self._report((*path, "type"), "unknown-type", f'{label}: there is no layer or block "{layer_type}"', hint, use)
            return None
        key = (path, repr(values))
        if key not in self._layers:
            fields = {"type": layer_type, **values}
            self._layers[key], problems = validate(LAYERS[layer_type], fields, self.document, path, label, use.notes)
            self._add(problems)
        return self._layers[key]

    def _compute(self, value: Any, path: Path, label: str, use: Use) -> Any:
        """Replace `$` strings by their values, wherever they stand in a value."""
        if isinstance(value, str) and value.startswith("$"):
            return self._evaluate(value, path, label, use)
        if value == "num_classes" and path[-1] in ("units", "filters") and self.num_classes is not None:
            return self.num_classes
        if isinstance(value, tuple):
            members = tuple(self._compute(member, (*path, index), label, use) for index, member in enumerate(value))
            return _UNKNOWN if any(member is _UNKNOWN for member in members) else members
        if isinstance(value, dict):
            inner = {key: self._compute(member, (*path, key), label, use) for key, member in value.items()}
            return _UNKNOWN if any(member is _UNKNOWN for member in inner.values()) else inner
        return value

    def _evaluate(self, text: str, path: Path, label: str, use: Use) -> Any:
        if not use.stack:
            self._report(path, "expression", f'{label}: "{text}" stands outside a block', "parameters belong to blocks: write the number", use)
            return _UNKNOWN
        try:
            return evaluate(text, use.parameters)
        except ExpressionProblem as problem:
            block = self.blocks[use.stack[-1]]
            # A parameter that should have been given was reported where the block is used.
            if not any(name in block.parameters and name not in use.parameters for name in _names_in(text)):
                self._report(path, "expression", f"{label}: {problem.message}", problem.hint, use)
            return _UNKNOWN

    def _unique(self, name: str) -> str:
        number, unique = 2, name
        while unique in self.names:
            unique, number = f"{name}_{number}", number + 1
        self.names.add(unique)
        return unique

    def _report(self, path: Path, code: str, message: str, hint: str | None, use: Use, at_key: bool = False) -> None:
        self._add([self.document.diagnostic(code, path, message, hint, use.notes, at_key=at_key)])

    def _add(self, found: list[Diagnostic]) -> None:
        """Keep what was not said before: a mistake in a block is one mistake, however often the block is used."""
        for diagnostic in found:
            key = (diagnostic.message, diagnostic.path)
            if key not in self._reported:
                self._reported.add(key)
                self.found.append(diagnostic)


_UNKNOWN = object()


def _names_in(text: str) -> list[str]:
    return "".join(character if character.isalnum() or character == "_" else " " for character in text).split()


def _given_names(entries: tuple[Any, ...]) -> frozenset[str]:
    names = (entry.get("name") for entry in entries if isinstance(entry, dict))
    return frozenset(name for name in names if isinstance(name, str))
