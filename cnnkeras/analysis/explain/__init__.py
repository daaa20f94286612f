"""`explain`: the arithmetic of an architecture, written out as a teacher writes it on the board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnkeras.analysis.explain.counts import mac_lines, parameter_lines
from cnnkeras.analysis.explain.equation import Equation, Line, Remark, written
from cnnkeras.analysis.explain.fields import field_lines
from cnnkeras.analysis.explain.picture import LARGEST_SIDE, Rows, example_for, read_picture, write_convolution
from cnnkeras.analysis.explain.sizes import size_equations
from cnnkeras.analysis.network import Network
from cnnkeras.analysis.results import Analysis, NodeAnalysis
from cnnkeras.errors import Diagnostic, UserError, suggest
from cnnkeras.layers.base import LayerProblem, show
from cnnkeras.layers.convolution import Convolution
from cnnkeras.layers.kernels import kernel_numbers
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.document import path_name
from cnnkeras.spec.overrides import COMMAND_LINE

__all__ = ["Equation", "Line", "Remark", "explain", "lines_of"]


def explain(
    architecture: Architecture, analysis: Analysis, layer: str | None = None, picture: str | None = None
) -> str:
    """Write every layer's formulas with the numbers put in, or one layer's.

    `layer` is a node's name, its number, counted from 0, or its place in the file, `layers[3]`; or a block's name, or
    that of one use of it, or a type of layer, for all of them. Where one of the layers shown has a fixed kernel, its
    convolution is written out on `picture` (rows of numbers with "/" between them), or on a small example. Raises
    UserError where there is no such layer, or the picture is wrong.
    """
    network = Network(architecture, analysis.by_name)
    nodes = analysis.nodes if layer is None else _find(analysis, layer)
    drawn = _drawn(nodes, read_picture(picture) if picture is not None else None)
    totals = [_totals(analysis)] if layer is None else []
    return "\n\n".join([*(_text(network, node) for node in nodes), *totals, *drawn])


def lines_of(network: Network, node: NodeAnalysis) -> Iterator[Line]:
    """Give what is on the board for one layer."""
    if node.output_shape is not None:
        yield from size_equations(node)
        yield from parameter_lines(node)
        yield from mac_lines(node)
        yield from field_lines(network, node)


def _text(network: Network, node: NodeAnalysis) -> str:
    shapes = _inputs(["?" if shape is None else show(shape) for shape in node.input_shapes])
    output = "?" if node.output_shape is None else show(node.output_shape)
    lines = list(lines_of(network, node))
    width = max((len(line.quantity) for line in lines), default=0)
    board = [f"    {line.quantity.ljust(width)}  {line}" for line in lines]
    return "\n".join([f'{node.label} "{node.name}": {shapes} → {output}', *_taken(network, node), *board])


def _taken(network: Network, node: NodeAnalysis) -> Iterator[str]:
    """Name the layers that it takes from, where that is not the one before it alone."""
    if node.node.inputs != (network.preceding[node.name],):
        yield f"    takes {', '.join(node.node.inputs)}"


def _inputs(shapes: Sequence[str]) -> str:
    """Write the inputs' shapes; many of one kind are counted."""
    return f"{len(shapes)} of {shapes[0]}" if len(shapes) > 2 and len(set(shapes)) == 1 else " and ".join(shapes)


def _totals(analysis: Analysis) -> str:
    figures = (("parameters", analysis.totals.parameters), ("MACs", analysis.totals.macs))
    sums = ", ".join(f"{'unknown' if figure is None else written(figure)} {name}" for name, figure in figures)
    return f"together: {sums}"


def _find(analysis: Analysis, layer: str) -> Sequence[NodeAnalysis]:
    """Give the layer of a name or a number, or all of a place in the file (`layers[3]`), a block's use or a type."""
    if layer in analysis.by_name:
        return (analysis.by_name[layer],)
    if layer.isdecimal() and len(layer) < 7 and int(layer) < len(analysis.nodes):
        return (analysis.nodes[int(layer)],)
    places = [node for node in analysis.nodes if path_name(node.path) == layer]
    uses = [node for node in analysis.nodes if layer in {use.name for use in node.node.scope}]
    kinds = [node for node in analysis.nodes if layer in (node.type, *(use.block for use in node.node.scope))]
    if found := places or uses or kinds:
        return found
    names = dict.fromkeys([*analysis.by_name, *(use.name for node in analysis.nodes for use in node.node.scope)])
    hint = suggest(layer, names) if not layer.isdecimal() else f"the last one is {len(analysis.nodes) - 1}"
    message = f'there is no layer "{layer[:80]}"'
    raise UserError(Diagnostic("layer", "error", COMMAND_LINE, 0, 0, "", message, hint))


def _drawn(nodes: Sequence[NodeAnalysis], picture: Rows | None) -> list[str]:
    """Write out the convolution of the one layer, of those shown, whose kernel is fixed."""
    fixed = [(node, kernel) for node in nodes if (kernel := fixed_kernel(node)) is not None]
    if len(fixed) == 1:
        return [_write(*fixed[0], picture)]
    if picture is None:
        return []
    if fixed:
        names = ", ".join(node.name for node, _ in fixed)
        raise _wrong_picture(f"there are {len(fixed)} layers with a fixed kernel", f"name one of {names}")
    which = nodes[0].label + " has" if len(nodes) == 1 else "the layers have"
    hint = 'give the numbers, as in "kernel_initializer": [[1, 0], [0, 1]]'
    raise _wrong_picture(f"{which} no fixed kernel to write out", hint)


def _wrong_picture(message: str, hint: str) -> UserError:
    return UserError(Diagnostic("picture", "error", COMMAND_LINE, 0, 0, "", f"--picture: {message}", hint))


def fixed_kernel(node: NodeAnalysis) -> Rows | None:
    """Give the numbers of a layer's kernel, first channel to first, or None where they are drawn, or too many."""
    layer = node.node.layer
    if not isinstance(layer, Convolution) or node.output_shape is None or max(layer.kernel_size) > LARGEST_SIDE:
        return None
    for field, size in layer.kernels().items():
        numbers = kernel_numbers(getattr(layer, field), size)
        if numbers is not None and size == layer.kernel_size:
            return [[_first(value) for value in row] for row in numbers]
    return None


def _first(value: float | Sequence[Sequence[float]]) -> float:
    return value if isinstance(value, int | float) else value[0][0]


def _write(node: NodeAnalysis, kernel: Rows, picture: Rows | None) -> str:
    layer = node.node.layer
    assert isinstance(layer, Convolution)  # it has a kernel
    left_out = [word for word, there in (("bias", layer.use_bias), (layer.activation, layer.activation)) if there]
    without = f" (without its {' and '.join(map(str, left_out))})" if left_out else ""
    try:
        text = write_convolution(layer, kernel, picture or example_for(layer))
    except LayerProblem as problem:
        message = f"--picture: {node.label}: {problem.message}"
        raise UserError(
            Diagnostic("picture", "error", COMMAND_LINE, 0, 0, "", message, "give a larger picture")
        ) from None
    return f"{node.label}, one pixel of its output at a time{without}\n\n{text}"
