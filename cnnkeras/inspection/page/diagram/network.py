"""Lays out a network: its layers, the blocks used in it, and their insides by themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cnnkeras.analysis.analysis import Analysis, NodeAnalysis
from cnnkeras.inspection.page.diagram.drawing import Drawing, Line, Placed
from cnnkeras.inspection.page.diagram.folding import unfold
from cnnkeras.inspection.page.diagram.placement import columns_of, rows_of, with_lanes
from cnnkeras.spec.architecture import INPUT, Architecture, BlockUse

# So many uses of one block in a row are put together.
STACKED = 3


def draw(architecture: Architecture, analysis: Analysis) -> Drawing:
    """Lay out the network."""
    scopes = {node.name: node.node.scope for node in analysis.nodes}
    known = {node.name: node for node in analysis.nodes}
    inputs = {node.name: tuple(_producer(name, known) for name in node.node.inputs) for node in analysis.nodes}
    network = _Network(analysis.nodes, scopes, inputs, architecture.outputs)
    return unfold(network.drawing(()))


def _producer(name: str, known: Mapping[str, NodeAnalysis]) -> str:
    """Give the layer that an input comes from: one of several outputs is named behind a colon."""
    return name if name in known or name == INPUT else name.partition(":")[0]


@dataclass
class _Network:
    nodes: Sequence[NodeAnalysis]
    scopes: dict[str, tuple[BlockUse, ...]]
    inputs: Mapping[str, tuple[str, ...]]
    outputs: tuple[str, ...]
    takers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for taker, names in self.inputs.items():
            for name in names:
                self.takers[name].append(taker)

    def drawing(self, scope: tuple[BlockUse, ...]) -> Drawing:
        """Lay out the layers that stand in a scope, and the blocks used there."""
        inside = [node for node in self.nodes if self.scopes[node.name][: len(scope)] == scope]
        self._stack(inside, scope)
        child = {node.name: self._child(node.name, scope) for node in inside}
        lines = self._lines(child, is_whole=not scope)
        rows = rows_of(dict.fromkeys(child.values()), lines)
        columns = columns_of(rows, lines)
        by_name = {node.name: node for node in inside}
        boxes = []
        for name in rows:
            place = Placed(name, name, rows[name], columns[name])
            if name in by_name:
                own = by_name[name].node.own_names[-1]
                boxes.append(replace(place, title=own, layer=by_name[name]))
            else:
                use = next(self.scopes[each][len(scope)] for each, top in child.items() if top == name)
                title = name.removeprefix(f"{scope[-1].name}_") if scope else name
                inner = self.drawing((*scope, use))
                boxes.append(replace(place, title=title, inside=replace(inner, block=use.block)))
        return Drawing(tuple(boxes), with_lanes(lines, rows, columns), tuple(inside))

    def _child(self, name: str, scope: tuple[BlockUse, ...]) -> str:
        own = self.scopes[name]
        return own[len(scope)].name if len(own) > len(scope) else name

    def _stack(self, inside: Sequence[NodeAnalysis], scope: tuple[BlockUse, ...]) -> None:
        """Put uses of one block that follow each other into one scope, unless it is the whole drawing."""
        if scope and scope[-1].block.startswith(_STACK):
            return
        uses: dict[BlockUse | str, list[str]] = {}
        for node in inside:
            own = self.scopes[node.name]
            uses.setdefault(own[len(scope)] if len(own) > len(scope) else node.name, []).append(node.name)
        for run in _runs(list(uses)):
            names = {name for use in run for name in uses[use]}
            if len(run) >= STACKED and len(run) < len(uses) and self._is_chain([uses[use] for use in run], names):
                stack = BlockUse(f"{run[0].name}…{len(run)}", f"{_STACK}{len(run)} × {run[0].block}")
                for name in names:
                    own = self.scopes[name]
                    self.scopes[name] = (*own[: len(scope)], stack, *own[len(scope) :])

    def _is_chain(self, members: Sequence[Sequence[str]], names: set[str]) -> bool:
        """Tell whether only the first member takes from outside, and only the last one gives."""
        gives = {name for name in names if name in self.outputs or not names.issuperset(self.takers[name])}
        takes = {name for name in names if not names.issuperset(self.inputs[name])}
        return gives <= set(members[-1]) and takes <= set(members[0])

    def _lines(self, child: Mapping[str, str], is_whole: bool) -> list[Line]:
        lines: dict[Line, None] = {}
        for name, own in child.items():
            for source in self.inputs[name]:
                if child.get(source) != own and source:
                    lines[Line(child.get(source), own)] = None
            goes_out = name in self.outputs if is_whole else any(taker not in child for taker in self.takers[name])
            if goes_out or (not is_whole and name in self.outputs):
                lines[Line(own, None)] = None
        return list(lines)


# What begins the block's name of several uses put together: no block can be called so.
_STACK = "= "


def _runs(uses: Sequence[BlockUse | str]) -> Iterable[list[BlockUse]]:
    """Give the longest runs of uses of one block."""
    run: list[BlockUse] = []
    for use in [*uses, ""]:
        if isinstance(use, BlockUse) and (not run or run[0].block == use.block):
            run.append(use)
            continue
        if run:
            yield run
        run = [use] if isinstance(use, BlockUse) else []
