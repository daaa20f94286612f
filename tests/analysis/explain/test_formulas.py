"""What `explain` writes is true: the left side of every equation is calculated and compared with the analysis."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.analysis.analysis import Analysis, NodeAnalysis, analyse
from cnnkeras.analysis.explain import Equation, lines_of
from cnnkeras.analysis.network import Network
from cnnkeras.layers import LAYERS
from cnnkeras.spec.architecture import Architecture
from tests.analysis.conftest import SHIPPED, Load, content, shipped

pytestmark = pytest.mark.fast

OPERATORS: dict[type, Callable[..., Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}
FUNCTIONS: dict[str, Callable[..., Any]] = {"floor": math.floor, "ceil": math.ceil, "max": max}
SYMBOLS = {"⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "·": "*", "−": "-"}


def calculate(left: str) -> Fraction:
    """Calculate what stands on the board, exactly."""
    for symbol, meaning in SYMBOLS.items():
        left = left.replace(symbol, meaning)
    return _value(ast.parse(left, mode="eval").body)


def _value(tree: Any) -> Fraction:
    if isinstance(tree, ast.Constant):
        return Fraction(str(tree.value))
    if isinstance(tree, ast.BinOp):
        return OPERATORS[type(tree.op)](_value(tree.left), _value(tree.right))  # type: ignore[no-any-return]
    if isinstance(tree, ast.UnaryOp):
        return OPERATORS[type(tree.op)](_value(tree.operand))  # type: ignore[no-any-return]
    assert isinstance(tree, ast.Call)
    assert isinstance(tree.func, ast.Name)
    return FUNCTIONS[tree.func.id](*map(_value, tree.args))  # type: ignore[no-any-return]


def expected(node: NodeAnalysis, quantity: str) -> set[Any]:
    """Give what the analysis says a quantity is: one number, or both sides' where they share a line."""
    kind, _, side = quantity.partition(", ")
    if kind in ("height", "width", "channels", "units"):
        shape = node.output_shape
        assert shape is not None
        places = {"height": 0, "width": 1, "channels": 2, "units": 0}
        return {shape[places[word]] for word in quantity.split(", ")}
    if kind in ("receptive field", "stride", "start"):
        field = node.receptive_field
        assert field is not None
        pair = {"receptive field": field.size, "stride": field.stride, "start": field.start}[kind]
        return {pair[("height", "width").index(side)]} if side else set(pair)
    figures = {"parameters": node.parameters, "trainable": node.trainable_parameters, "MACs": node.macs}
    return {figures[quantity]}


def assert_true(architecture: Architecture, analysis: Analysis) -> list[tuple[NodeAnalysis, Equation]]:
    """Check every equation; give them."""
    network = Network(architecture, analysis.by_name)
    found = []
    for node in analysis.nodes:
        for line in lines_of(network, node):
            if isinstance(line, Equation):
                assert {line.right} == expected(node, line.quantity), (node.label, line)
                assert not line.left or calculate(line.left) == Fraction(line.right).limit_denominator(4096), (
                    node.label,
                    line,
                )
                found.append((node, line))
    return found


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_formula_of_every_shipped_architecture(path: Path) -> None:
    """A student would be shown arithmetic that is wrong."""
    architecture = shipped(path)
    analysis = analyse(architecture)
    equations = assert_true(architecture, analysis)
    written = {(node.name, line.quantity) for node, line in equations if line.left}
    # Every layer with weights has its formulas, not its figures alone; a backbone's figures are sums of its layers'.
    weighty = [node for node in analysis.nodes if node.parameters and not node.type.endswith("Backbone")]
    assert {(node.name, "parameters") for node in weighty} <= written
    assert {(node.name, "MACs") for node in weighty if node.macs} <= written


LAYERS_WITH_OPTIONS = [
    {"type": "Conv2D", "filters": 8, "kernel_size": [3, 5], "strides": [2, 1], "groups": 2, "use_bias": False},
    {"type": "Conv2D", "filters": 8, "kernel_size": 3, "dilation_rate": [2, 3], "padding": "same"},
    {"type": "Conv2D", "filters": 8, "kernel_size": 3, "padding": {"mode": "reflect", "amount": [[1, 0], [2, 2]]}},
    {"type": "DepthwiseConv2D", "kernel_size": 3, "depth_multiplier": 2, "strides": 2, "padding": "symmetric"},
    {"type": "DepthwiseConv2D", "kernel_size": 3, "use_bias": False},
    {"type": "SeparableConv2D", "filters": 10, "kernel_size": 3, "depth_multiplier": 2},
    {"type": "SeparableConv2D", "filters": 10, "kernel_size": 3, "use_bias": False},
    {"type": "Conv2DTranspose", "filters": 8, "kernel_size": 3, "strides": 2, "padding": "same"},
    {"type": "Conv2DTranspose", "filters": 8, "kernel_size": 4, "strides": [2, 3], "use_bias": False},
    {"type": "Conv2DTranspose", "filters": 8, "kernel_size": 2, "strides": 3, "output_padding": [1, 2]},
    {"type": "Conv2DTranspose", "filters": 8, "kernel_size": 3, "dilation_rate": 2},
    {"type": "MaxPooling2D", "pool_size": [3, 2], "strides": 2},
    {"type": "AveragePooling2D", "pool_size": 3, "padding": "same"},
    {"type": "ZeroPadding2D", "padding": [[1, 2], [3, 3]]},
    {"type": "Cropping2D", "cropping": [[1, 2], [0, 0]]},
    {"type": "UpSampling2D", "size": [2, 3]},
    {"type": "UpSampling2D", "interpolation": "bilinear"},
    {"type": "Dense", "units": 7},
    {"type": "Flatten"},
    {"type": "BatchNormalization", "scale": False},
    {"type": "LayerNormalization", "axis": [1, 2, 3], "center": False},
    {"type": "GroupNormalization", "groups": 3},
    {"type": "RMSNormalization"},
    {"type": "PReLU", "shared_axes": [1, 2]},
    {"type": "PReLU"},
    {"type": "Concatenate", "inputs": ["first", "first"]},
    {"type": "Concatenate", "inputs": ["first", "first"], "axis": 1},
    {"type": "Add", "inputs": ["first", "first"]},
]  # fmt: skip


@pytest.mark.parametrize("layer", LAYERS_WITH_OPTIONS, ids=str)
@pytest.mark.parametrize("before", ["Conv2D", "UpSampling2D"])
def test_every_formula_of_every_layer(load: Load, layer: dict[str, Any], before: str) -> None:
    """A layer's formula would be wrong for some of its options, or missing."""
    options = {"Conv2D": {"filters": 6, "kernel_size": 3, "strides": 2}, "UpSampling2D": {"size": 2}}[before]
    value = content({"type": before, "name": "first", **options}, layer, shape=(13, 15, 6))
    architecture = load(value).architecture
    assert architecture is not None
    analysis = analyse(architecture)
    node = analysis.nodes[-1]
    assert node.output_shape is not None, analysis.diagnostics
    lines = [line for each, line in assert_true(architecture, analysis) if each is node]
    for quantity, figure in (("parameters", node.parameters), ("MACs", node.macs)):
        assert [line.left != "" for line in lines if line.quantity == quantity] == [True] * bool(figure)


def test_every_layer_with_weights_is_tried() -> None:
    """A new layer's formula would not be looked at."""
    tried = {layer["type"] for layer in LAYERS_WITH_OPTIONS}
    # Its numbers are given in the file, and count as no formula; a backbone's are the sum of all of its layers'.
    summed = {"Normalization", "DetectionHead"} | {name for name in LAYERS if name.endswith("Backbone")}
    assert {name for name in LAYERS if _has_weights(name)} - summed <= tried


def _has_weights(name: str) -> bool:
    return any("weights" in vars(base) for base in LAYERS[name].__mro__[:-1] if base.__name__ != "Layer")
