"""How large a layer's output is: Dumoulin and Visin, "A guide to convolution arithmetic", 2016."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnnkeras.analysis.explain.equation import Equation, by_side, times
from cnnkeras.analysis.results import NodeAnalysis
from cnnkeras.analysis.window_side import padded, spanned, window_sides
from cnnkeras.layers.base import Shape
from cnnkeras.layers.padding import extent
from cnnkeras.layers.windowed import WindowedLayer


def size_equations(node: NodeAnalysis) -> list[Equation]:
    """Write the output's sizes as far as they are calculated and known."""
    layer, output = node.node.layer, node.output_shape
    inputs = [shape for shape in node.input_shapes if shape is not None]
    if layer is None or output is None or len(inputs) < len(node.input_shapes):
        return []
    if None in output or any(None in shape for shape in inputs):
        return []
    if isinstance(layer, WindowedLayer):
        return by_side("", _windowed(layer, inputs[0]), output[:2])  # type: ignore[arg-type]  # known, as asked above
    write = _SIZES.get(node.type)
    return write(layer, inputs, output) if write else []


def _windowed(layer: WindowedLayer, shape: Shape) -> list[str]:
    return [f"⌊{side.quotient()}⌋ + 1" for side in window_sides(layer, shape)]


def _transposed(layer: Any, inputs: list[Shape], output: Any) -> list[Equation]:
    lefts = []
    for side in (0, 1):
        steps, stride = (inputs[0][side] or 0) - 1, layer.strides[side]
        kernel, dilation = layer.kernel_size[side], layer.dilation_rate[side]
        # What "same" cuts off, or output_padding adds.
        more = output[side] - steps * stride - extent(kernel, dilation)
        rest = f" {'+' if more > 0 else '−'} {abs(more)}" if more else ""
        lefts.append(f"({steps + 1} − 1)·{stride} + {spanned(kernel, dilation)}{rest}")
    return by_side("", lefts, output[:2])


def _edges(sign: int) -> Callable[[Any, list[Shape], Any], list[Equation]]:
    def write(layer: Any, inputs: list[Shape], output: Any) -> list[Equation]:
        amounts = layer.padding if sign > 0 else layer.cropping
        lefts = [padded(inputs[0][side] or 0, sign * amounts[side][0], sign * amounts[side][1]) for side in (0, 1)]
        return by_side("", lefts, output[:2])

    return write


def _upsampling(layer: Any, inputs: list[Shape], output: Any) -> list[Equation]:
    return by_side("", [f"{inputs[0][side]}·{layer.size[side]}" for side in (0, 1)], output[:2])


def _flatten(layer: Any, inputs: list[Shape], output: Any) -> list[Equation]:  # noqa: ARG001 - one form for the table
    return [Equation("units", times(*(side or 0 for side in inputs[0])), output[0])]


def _concatenate(layer: Any, inputs: list[Shape], output: Any) -> list[Equation]:
    axis = layer.axis % (len(output) + 1) - 1
    quantity = ("height", "width", "channels")[axis] if len(output) == 3 else "units"
    return [Equation(quantity, " + ".join(str(shape[axis]) for shape in inputs), output[axis])]


_SIZES: Mapping[str, Callable[[Any, list[Shape], Any], list[Equation]]] = {
    "Concatenate": _concatenate,
    "Conv2DTranspose": _transposed,
    "Cropping2D": _edges(-1),
    "Flatten": _flatten,
    "UpSampling2D": _upsampling,
    "ZeroPadding2D": _edges(1),
}
