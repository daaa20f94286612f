"""How many numbers a layer holds, and how many multiply-accumulates it takes for one picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cnnkeras.analysis.explain.equation import Equation, Line, Remark, times
from cnnkeras.analysis.results import NodeAnalysis
from cnnkeras.layers.axes import places
from cnnkeras.layers.base import Shape
from cnnkeras.layers.detection import SIDES, DetectionHead
from cnnkeras.layers.normalization import BatchNormalization

Write = Callable[[Any, tuple[int, ...], tuple[int, ...]], str]


def parameter_lines(node: NodeAnalysis) -> list[Line]:
    """Write a layer's parameters, and which of them are trained where not all are."""
    if node.parameters is None:
        return [Remark("parameters", "unknown")]
    if node.parameters == 0:
        return []
    lines: list[Line] = [Equation("parameters", _priors(node) or _left(_PARAMETERS, node), node.parameters)]
    if node.trainable_parameters != node.parameters:
        lines.append(Equation("trainable", _left(_TRAINABLE, node), node.trainable_parameters or 0))
    return lines


def mac_lines(node: NodeAnalysis) -> list[Line]:
    """Write a layer's multiply-accumulates."""
    if node.macs is None:
        return [Remark("MACs", "unknown")]
    return [Equation("MACs", _left(_MACS, node), node.macs)] if node.macs else []


def _left(table: Mapping[str, Write], node: NodeAnalysis) -> str:
    write, shape, output = table.get(node.type), _known(node.input_shapes[0]), _known(node.output_shape)
    return write(node.node.layer, shape, output) if write and shape and output else ""


def _priors(node: NodeAnalysis) -> str:
    """Write a number for each level and class; "" for what is no detection head."""
    layer, shape = node.node.layer, _known(node.input_shapes[0])
    if not isinstance(layer, DetectionHead) or not shape:
        return ""
    return f"{len(node.input_shapes)}·({shape[2]} − {SIDES}·{layer.reg_max})"


def _known(shape: Shape | None) -> tuple[int, ...]:
    """Give a shape that is known as far as its channels; sizes that are free don't count for parameters."""
    return tuple(side or 0 for side in shape) if shape and shape[-1] is not None else ()


def _plus_bias(layer: Any, weights: str) -> str:
    return f"({weights} + 1)" if layer.use_bias else weights


def _per_group(layer: Any, channels: int) -> str:
    groups = getattr(layer, "groups", 1)
    return f"{channels}" if groups == 1 else f"({channels}/{groups})"


def _convolution(layer: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> str:
    weights = f"{times(*layer.kernel_size)}·{_per_group(layer, shape[2])}"
    return f"{_plus_bias(layer, weights)}·{output[2]}"


def _depthwise(layer: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> str:  # noqa: ARG001 - one form for the table
    return f"{_plus_bias(layer, times(*layer.kernel_size))}·{shape[2]}·{layer.depth_multiplier}"


def _separable(layer: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> str:
    between = times(shape[2], layer.depth_multiplier)
    return f"{times(*layer.kernel_size)}·{between} + {_plus_bias(layer, between)}·{output[2]}"


def _dense(layer: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> str:
    return f"{_plus_bias(layer, str(shape[-1]))}·{output[-1]}"


def _affine(layer: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> str:  # noqa: ARG001 - one form for the table
    kinds = layer.scale + layer.center + 2 * isinstance(layer, BatchNormalization)
    return times(kinds, *(shape[place] for place in places(layer.axis, shape)))


def _learned(layer: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> str:  # noqa: ARG001 - one form for the table
    # Scale and offset are trained; the moving mean and variance are not.
    return times(layer.scale + layer.center, shape[places(layer.axis, shape)[0]]) if layer.trainable else ""


def _scales(layer: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> str:  # noqa: ARG001 - one form for the table
    return times(1, shape[-1])


def _slopes(layer: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> str:  # noqa: ARG001 - one form for the table
    shared = () if layer.shared_axes is None else places(layer.shared_axes, shape, "shared_axes")
    return times(*(size for place, size in enumerate(shape) if place not in shared))


_PARAMETERS: Mapping[str, Write] = {
    "BatchNormalization": _affine,
    "Conv2D": _convolution,
    "Conv2DTranspose": _convolution,
    "Dense": _dense,
    "DepthwiseConv2D": _depthwise,
    "GroupNormalization": _affine,
    "LayerNormalization": _affine,
    "PReLU": _slopes,
    "RMSNormalization": _scales,
    "SeparableConv2D": _separable,
}

_TRAINABLE: Mapping[str, Write] = {"BatchNormalization": _learned}


def _convolution_macs(layer: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> str:
    return f"{times(*output)}·({times(*layer.kernel_size)}·{_per_group(layer, shape[2])})"


def _transposed_macs(layer: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> str:
    return f"{times(*shape)}·({times(*layer.kernel_size)}·{output[2]})"


def _depthwise_macs(layer: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> str:  # noqa: ARG001 - one form for the table
    return f"{times(*output)}·({times(*layer.kernel_size)})"


def _separable_macs(layer: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> str:
    between = times(shape[2], layer.depth_multiplier)
    return f"{times(*output[:2])}·({times(*layer.kernel_size)}·{between} + {between}·{output[2]})"


def _dense_macs(layer: Any, shape: tuple[int, ...], output: tuple[int, ...]) -> str:  # noqa: ARG001 - one form for the table
    return times(*shape, output[-1])


_MACS: Mapping[str, Write] = {
    "Conv2D": _convolution_macs,
    "Conv2DTranspose": _transposed_macs,
    "Dense": _dense_macs,
    "DepthwiseConv2D": _depthwise_macs,
    "SeparableConv2D": _separable_macs,
}
