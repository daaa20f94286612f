"""How the receptive field grows from layer to layer, as in Araujo, Norris and Sim, Distill 2019."""

from __future__ import annotations

from collections.abc import Sequence

from cnnkeras.analysis.explain.equation import Line, Remark, by_side, written
from cnnkeras.analysis.network import Network
from cnnkeras.analysis.receptive_field import PIXEL, ReceptiveField, measure
from cnnkeras.analysis.results import NodeAnalysis
from cnnkeras.layers.reach import Reach, Spread, Window
from cnnkeras.spec.architecture import INPUT

SEES = "receptive field"


def field_lines(network: Network, node: NodeAnalysis) -> list[Line]:
    """Write how large a layer's field is, how far the next output's lies, and where the first begins."""
    field = node.receptive_field
    if field is None:
        return [Remark(SEES, "undefined: its paths disagree in stride, or it can't be derived")]
    if field.stride == (0, 0):
        return [Remark(SEES, f"every output sees the same {field.size[0]}×{field.size[1]} pixels")]
    before = _before(network, node)
    reach = _reach(node)
    if len(before) > 1:
        return _merged(before, field)
    if not before or reach is None:
        return _plain(field)
    if isinstance(reach, Window):
        return _window(before[0], reach, field)
    return _spread(before[0], reach, field) if isinstance(reach, Spread) else _plain(field)


def _before(network: Network, node: NodeAnalysis) -> list[ReceptiveField]:
    """Give the fields of a layer's inputs, each once; none where one is undefined."""
    fields = []
    for name in dict.fromkeys(node.node.inputs):
        shape = network.architecture.input.shape if name == INPUT else network.nodes[name].output_shape
        field = PIXEL if name == INPUT else network.nodes[name].field
        fields.append(measure(field, shape) if field and shape is not None else None)
    return [] if None in fields else [field for field in fields if field]


def _reach(node: NodeAnalysis) -> Reach | None:
    shapes = [shape for shape in node.input_shapes if shape is not None]
    return node.node.layer.reach(*shapes) if node.node.layer is not None else None


def _window(before: ReceptiveField, window: Window, after: ReceptiveField) -> list[Line]:
    steps = before.stride
    sizes = [_grown(before.size[side], window.kernel[side], window.dilation[side], steps[side]) for side in (0, 1)]
    exact = [
        before.size[side] + (window.kernel[side] - 1) * window.dilation[side] * steps[side] == after.size[side]
        for side in (0, 1)
    ]
    lines: list[Line] = [*by_side(SEES, sizes, after.size)] if all(exact) else [_shared(after)]
    if max(window.strides) > 1:
        lefts = [f"{_number(steps[side])}·{window.strides[side]}" for side in (0, 1)]
        lines += by_side("stride", lefts, after.stride)
    starts = [before.start[side] - window.before[side] * steps[side] for side in (0, 1)]
    if any(window.before) and starts == list(after.start):
        lefts = [_started(before.start[side], window.before[side], steps[side]) for side in (0, 1)]
        lines += by_side("start", lefts, after.start)
    return lines


def _shared(after: ReceptiveField) -> Remark:
    """Say why it grows by less behind an upsampling: what a window reads comes from fewer pixels than it has taps."""
    size = after.size[0] if after.size[0] == after.size[1] else f"{after.size[0]}×{after.size[1]}"
    return Remark(SEES, f"{size}, as neighbours are made from the same pixels")


def _grown(size: int, kernel: int, dilation: int, step: int | float) -> str:
    if kernel == 1:
        return ""
    spread = "" if dilation == 1 else f"{dilation}·"
    return f"{size} + {spread}({kernel}−1)·{_number(step)}"


def _started(start: int, before: int, step: int | float) -> str:
    sign = "−" if before >= 0 else "+"
    return f"{_number(start)} {sign} {abs(before)}·{_number(step)}"


def _number(value: int | float) -> str:
    return written(value).replace(",", "")


def _spread(before: ReceptiveField, spread: Spread, after: ReceptiveField) -> list[Line]:
    """Write the growth where things are spread: an output reads ⌈kernel / stride⌉ inputs at most."""
    reads = [-(-spread.kernel[side] // spread.strides[side]) for side in (0, 1)]
    grown = [before.size[side] + (reads[side] - 1) * before.stride[side] for side in (0, 1)]
    steps = by_side(
        "stride", [f"{_number(before.stride[side])}/{spread.strides[side]}" for side in (0, 1)], after.stride
    )
    if max(spread.dilation) > 1 or grown != list(after.size):
        return [*_plain(after)[:1], *steps]
    lefts = [
        f"{before.size[side]} + (⌈{spread.kernel[side]}/{spread.strides[side]}⌉ − 1)·{_number(before.stride[side])}"
        for side in (0, 1)
    ]
    return [*by_side(SEES, lefts, after.size), *steps]


def _merged(before: Sequence[ReceptiveField], after: ReceptiveField) -> list[Line]:
    """Of several paths the largest counts, where none reaches beyond it on either side."""
    sizes = [sorted({field.size[side] for field in before}, reverse=True) for side in (0, 1)]
    if [largest[0] for largest in sizes] != list(after.size):
        return _plain(after)
    lefts = ["" if len(side) == 1 else f"max({', '.join(map(str, side))})" for side in sizes]
    return [*by_side(SEES, lefts, after.size)]


def _plain(after: ReceptiveField) -> list[Line]:
    return [*by_side(SEES, ["", ""], after.size)]
