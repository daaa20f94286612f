"""The architecture as a drawing: layers and foldable blocks in rows and columns, and the lines between them.

Rows, columns and lanes are decided here; the browser gives them their sizes and draws the lines, anew whenever a
block is folded. A block takes what its use takes and gives what its last layer gives, so that the layers inside it
are laid out by themselves, and folding it moves no line outside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cnnkeras.analysis.analysis import Analysis, NodeAnalysis
from cnnkeras.spec.architecture import INPUT, Architecture, BlockUse

# Beyond so many visible boxes, blocks come folded.
VISIBLE = 24
# So many uses of one block in a row are put together.
STACKED = 3


@dataclass(frozen=True)
class Placed:
    """A layer, or a block with its drawing inside, in its row and column (both from 0)."""

    name: str
    title: str
    row: int
    column: int
    layer: NodeAnalysis | None = None
    inside: Drawing | None = None


@dataclass(frozen=True)
class Line:
    """From a box to another; None is what comes into the drawing, or goes out of it.

    `lane` is the way round the boxes in between, counted from the inside; None where nothing is in between.
    """

    source: str | None
    target: str | None
    lane: int | None = None


@dataclass(frozen=True)
class Drawing:
    """Boxes and lines of the network, or of the inside of a block. `is_open` tells whether it is shown unfolded."""

    boxes: tuple[Placed, ...]
    lines: tuple[Line, ...]
    layers: tuple[NodeAnalysis, ...]
    block: str = ""
    is_open: bool = True

    @property
    def rows(self) -> int:
        """Give the number of rows."""
        return 1 + max((box.row for box in self.boxes), default=-1)

    @property
    def lanes(self) -> int:
        """Give the number of lanes beside the boxes."""
        return 1 + max((line.lane for line in self.lines if line.lane is not None), default=-1)

    @property
    def last(self) -> NodeAnalysis:
        """Give the layer whose output goes out."""
        return self.layers[-1]

    @property
    def parameters(self) -> int | None:
        """Give the parameters of all layers; None where they can't be known."""
        counts = [layer.parameters for layer in self.layers]
        return None if None in counts else sum(count or 0 for count in counts)


def draw(architecture: Architecture, analysis: Analysis) -> Drawing:
    """Lay out the network."""
    scopes = {node.name: node.node.scope for node in analysis.nodes}
    known = {node.name: node for node in analysis.nodes}
    inputs = {node.name: tuple(_producer(name, known) for name in node.node.inputs) for node in analysis.nodes}
    network = _Network(analysis.nodes, scopes, inputs, architecture.outputs)
    return _unfold(network.drawing(()))


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
        rows = _rows(dict.fromkeys(child.values()), lines)
        columns = _columns(rows, lines)
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
        return Drawing(tuple(boxes), _with_lanes(lines, rows, columns), tuple(inside))

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


def _rows(names: Iterable[str], lines: Sequence[Line]) -> dict[str, int]:
    """Put each box below everything that it takes. The names come in the order of computation."""
    sources = defaultdict(list)
    for line in lines:
        if line.source is not None and line.target is not None:
            sources[line.target].append(line.source)
    rows: dict[str, int] = {}
    for name in names:
        rows[name] = 1 + max((rows[source] for source in sources[name]), default=-1)
    return rows


def _columns(rows: Mapping[str, int], lines: Sequence[Line]) -> dict[str, int]:
    """Put each box below the first that it takes, the longest way straight down; others beside it."""
    heights = _heights(rows, lines)
    columns: dict[str, int] = {}
    taken: set[tuple[int, int]] = set()
    for name in sorted(rows, key=lambda name: (rows[name], -heights[name])):
        above = [columns[line.source] for line in lines if line.target == name and line.source is not None]
        column = min(above, default=0)
        while (rows[name], column) in taken:
            column += 1
        taken.add((rows[name], column))
        columns[name] = column
    return columns


def _heights(rows: Mapping[str, int], lines: Sequence[Line]) -> dict[str, int]:
    heights = dict.fromkeys(rows, 0)
    below = defaultdict(list)
    for line in lines:
        if line.source is not None and line.target is not None:
            below[line.source].append(line.target)
    for name in sorted(rows, key=lambda name: -rows[name]):
        heights[name] = max((heights[target] + 1 for target in below[name]), default=0)
    return heights


def _with_lanes(lines: Sequence[Line], rows: Mapping[str, int], columns: Mapping[str, int]) -> tuple[Line, ...]:
    """Lead lines round the boxes between their ends; the lines of one box share a lane, short ones run inside."""
    filled = {(rows[name], columns[name]) for name in rows}
    last = 1 + max(rows.values(), default=-1)

    def span(line: Line) -> tuple[int, int]:
        return -1 if line.source is None else rows[line.source], last if line.target is None else rows[line.target]

    def is_free(line: Line) -> bool:
        start, end = span(line)
        column = columns.get(line.source or "", columns.get(line.target or "", 0))
        return all((row, column) not in filled for row in range(start + 1, end))

    spans: dict[str | None, tuple[int, int]] = {}
    for line in lines:
        if not is_free(line):
            start, end = span(line)
            spans[line.source] = (start, max(end, spans.get(line.source, (0, 0))[1]))
    lanes = _lanes(spans)
    return tuple(line if is_free(line) else replace(line, lane=lanes[line.source]) for line in lines)


def _lanes(spans: Mapping[str | None, tuple[int, int]]) -> dict[str | None, int]:
    lanes: dict[str | None, int] = {}
    for source, (start, end) in sorted(spans.items(), key=lambda item: (item[1][1] - item[1][0], item[1])):
        taken = {lane for other, lane in lanes.items() if spans[other][0] < end and start < spans[other][1]}
        lanes[source] = next(lane for lane in range(len(taken) + 1) if lane not in taken)
    return lanes


def _unfold(drawing: Drawing) -> Drawing:
    """Fold every block, then unfold, from the outside and from the top, as many as leave the drawing readable."""
    shown = len(drawing.boxes)
    opened: set[str] = set()
    level = [box for box in drawing.boxes if box.inside]
    while level:
        deeper: list[Placed] = []
        for box in level:
            assert box.inside is not None
            if shown + len(box.inside.boxes) <= VISIBLE:
                shown += len(box.inside.boxes)
                opened.add(box.name)
                deeper += [inner for inner in box.inside.boxes if inner.inside]
        level = deeper
    return _folded(drawing, opened)


def _folded(drawing: Drawing, opened: set[str]) -> Drawing:
    boxes = [
        replace(box, inside=replace(_folded(box.inside, opened), is_open=box.name in opened)) if box.inside else box
        for box in drawing.boxes
    ]
    return replace(drawing, boxes=tuple(boxes))
