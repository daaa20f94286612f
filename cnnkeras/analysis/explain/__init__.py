"""`explain`: the arithmetic of an architecture, written out as a teacher writes it on the board."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnkeras.analysis.explain.counts import mac_lines, parameter_lines
from cnnkeras.analysis.explain.equation import Equation, Line, Remark, written
from cnnkeras.analysis.explain.fields import field_lines
from cnnkeras.analysis.explain.picture import Rows, example_for, read_picture, write_convolution
from cnnkeras.analysis.explain.sizes import size_equations
from cnnkeras.analysis.network import Network
from cnnkeras.analysis.results import Analysis, NodeAnalysis
from cnnkeras.errors import Diagnostic, UserError, suggest
from cnnkeras.layers.base import LayerProblem, show
from cnnkeras.layers.convolution import Convolution
from cnnkeras.layers.kernels import kernel_numbers
from cnnkeras.layers.windowed import WindowedLayer
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.overrides import COMMAND_LINE

__all__ = ["Equation", "Line", "Remark", "explain", "lines_of"]


def explain(
    architecture: Architecture, analysis: Analysis, layer: str | None = None, picture: str | None = None
) -> str:
    """Write every layer's formulas with the numbers put in, or one layer's.

    `layer` is a node's name, or its number, counted from 0. A layer with a fixed kernel is then written out on
    `picture` (rows of numbers with "/" between them), or on a small example. Raises UserError where there is no such
    layer, or the picture is wrong.
    """
    network = Network(architecture, analysis.by_name)
    node = _find(analysis, layer) if layer is not None else None
    drawn = _drawn(analysis, node, read_picture(picture) if picture is not None else None)
    if node is not None:
        return "\n".join([_text(network, node), *drawn])
    return "\n\n".join([*(_text(network, each) for each in analysis.nodes), _totals(analysis), *drawn])


def lines_of(network: Network, node: NodeAnalysis) -> Iterator[Line]:
    """Give what is on the board for one layer."""
    if node.output_shape is not None:
        yield from size_equations(node)
        yield from parameter_lines(node)
        yield from mac_lines(node)
        yield from field_lines(network, node)


def _text(network: Network, node: NodeAnalysis) -> str:
    shapes = " and ".join("?" if shape is None else show(shape) for shape in node.input_shapes)
    output = "?" if node.output_shape is None else show(node.output_shape)
    lines = list(lines_of(network, node))
    width = max((len(line.quantity) for line in lines), default=0)
    board = [f"    {line.quantity.ljust(width)}  {line}" for line in lines]
    return "\n".join([f'{node.label} "{node.name}": {shapes} → {output}', *board])


def _totals(analysis: Analysis) -> str:
    figures = (("parameters", analysis.totals.parameters), ("MACs", analysis.totals.macs))
    sums = ", ".join(f"{'unknown' if figure is None else written(figure)} {name}" for name, figure in figures)
    return f"together: {sums}"


def _find(analysis: Analysis, layer: str) -> NodeAnalysis:
    if layer in analysis.by_name:
        return analysis.by_name[layer]
    if layer.isdecimal() and len(layer) < 7 and int(layer) < len(analysis.nodes):
        return analysis.nodes[int(layer)]
    message = f'there is no layer "{layer[:80]}"'
    hint = suggest(layer, analysis.by_name) if not layer.isdecimal() else f"the last one is {len(analysis.nodes) - 1}"
    raise UserError(Diagnostic("layer", "error", COMMAND_LINE, 0, 0, "", message, hint))


def _drawn(analysis: Analysis, node: NodeAnalysis | None, picture: Rows | None) -> list[str]:
    """Write out the convolution of the layer asked for, or of the only one that can be written out."""
    fixed = {each.name: kernel for each in analysis.nodes if (kernel := fixed_kernel(each)) is not None}
    chosen = [node] if node is not None else [analysis.by_name[name] for name in fixed]
    if picture is None and (len(chosen) != 1 or chosen[0].name not in fixed):
        return []
    if len(chosen) != 1:
        raise _no_kernel("name the layer to write out", f"its kernel is fixed in {', '.join(fixed)}" if fixed else None)
    if chosen[0].name not in fixed:
        raise _no_kernel(
            f"{chosen[0].label} has no fixed kernel to write out",
            'fix it with numbers, as in "kernel_initializer": [[1, 0], [0, 1]]',
        )
    return ["", _write(chosen[0], fixed[chosen[0].name], picture)]


def _no_kernel(message: str, hint: str | None) -> UserError:
    return UserError(Diagnostic("picture", "error", COMMAND_LINE, 0, 0, "", f"--picture: {message}", hint))


def fixed_kernel(node: NodeAnalysis) -> Rows | None:
    """Give the numbers of a layer's kernel, from the first channel to the first, or None where they are drawn."""
    layer = node.node.layer
    if not isinstance(layer, Convolution) or node.output_shape is None:
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
    assert isinstance(layer, WindowedLayer)  # it has a kernel
    try:
        return write_convolution(layer, kernel, picture or example_for(layer))
    except LayerProblem as problem:
        message = f"--picture: {node.label}: {problem.message}"
        raise UserError(
            Diagnostic("picture", "error", COMMAND_LINE, 0, 0, "", message, "give a larger picture")
        ) from None
