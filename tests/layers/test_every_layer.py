"""Rules that every layer type keeps, over the contract's examples and shapes that don't fit them."""

from __future__ import annotations

from itertools import product
from typing import Any, get_args

import pytest
from pydantic import ValidationError

from cnnkeras.layers import LAYERS
from cnnkeras.layers.base import LayerProblem, Shape
from tests.contracts.layer_examples import LAYER_EXAMPLES

EXAMPLES = [(layer, shapes) for examples in LAYER_EXAMPLES.values() for layer, shapes in examples]
SIZES: tuple[int | None, ...] = (None, 1, 2, 3, 7)
STRANGE: list[Shape] = [
    *((size,) for size in SIZES),
    *product((None, 1, 4), repeat=2),
    *product((None, 1, 2, 5), (None, 1, 3), (None, 1, 4)),
    (2**31 - 1, 2**31 - 1, 2**31 - 1),
    (2, 2, 2, 2),
]


def test_every_layer_has_examples() -> None:
    """A layer type would never be held against Keras."""
    assert list(LAYER_EXAMPLES) == list(LAYERS)


def test_every_layer_has_its_name() -> None:
    """A type in a file would mean another class."""
    for name, layer in LAYERS.items():
        assert get_args(layer.model_fields["type"].annotation) == (name,)


@pytest.mark.parametrize("name", LAYERS)
def test_every_layer_gives_a_schema(name: str) -> None:
    """Editors could not complete a layer type."""
    assert LAYERS[name].model_json_schema()["properties"]["type"] == {"const": name, "title": "Type", "type": "string"}


@pytest.mark.parametrize("name", LAYERS)
def test_strange_shapes_give_problems_alone(name: str) -> None:
    """A network that doesn't fit would end in a traceback."""
    for fields, shapes in LAYER_EXAMPLES[name]:
        layer = LAYERS[name].model_validate(fields)
        for strange in STRANGE:
            for inputs in ([strange] * len(shapes), [*shapes[1:], strange]):
                try:
                    shape = layer.output_shape(*inputs)
                except LayerProblem as problem:
                    assert problem.message
                    assert problem.hint
                    assert (
                        problem.field is None or problem.field == "inputs" or problem.field in type(layer).model_fields
                    )
                    continue
                assert all(size is None or size >= 1 for size in shape)
                layer.weights(*inputs)
                layer.macs(*inputs)
                layer.reach(*inputs)


@pytest.mark.parametrize("name", LAYERS)
def test_unknown_sizes_flow_through(name: str) -> None:
    """A fully convolutional network, or one whose classes are not known yet, would not be checked."""
    for fields, shapes in LAYER_EXAMPLES[name]:
        layer = LAYERS[name].model_validate(fields)
        known = layer.output_shape(*shapes)
        for inputs in (
            [(None,) * len(shape) for shape in shapes],
            [(*(None,) * (len(shape) - 1), shape[-1]) for shape in shapes],
        ):
            unknown = layer.output_shape(*inputs)
            assert len(unknown) == len(known)
            assert all(guess in (None, size) for guess, size in zip(unknown, known, strict=True))
            assert layer.weights(*inputs) in (None, layer.weights(*shapes))
            assert layer.macs(*inputs) in (None, layer.macs(*shapes))


@pytest.mark.parametrize("name", LAYERS)
def test_not_trainable_moves_weights(name: str) -> None:
    """`"trainable": false` would not show in the counts."""
    for fields, shapes in LAYER_EXAMPLES[name]:
        weights = LAYERS[name].model_validate(fields).weights(*shapes)
        assert weights is not None
        frozen = LAYERS[name].model_validate(fields | {"trainable": False})
        assert frozen.parameters(*shapes) == (0, sum(weights))


NASTY: list[Any] = [
    None, True, -1, 0, 1, 2, 2**31, 10**400, 0.5, 1e300, float("nan"), float("inf"), "", "x", "same", "num_classes",
    "mean", "reflect", (), (1,), (2, 3), (1, 2, 3), (-1, -1), ((1, 2), (3, 4)), ((1, (2,)), 3), ("a", "b"), {},
    {"type": "x"}, {"type": 5}, {"type": "L2"}, {"type": "gaussian"}, {"mode": "zeros", "amount": 2}, {"mode": "x"},
]  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_strange_values_give_mistakes_alone(name: str) -> None:
    """A wrong value in a file would end in a traceback."""
    fields, shapes = LAYER_EXAMPLES[name][0]
    for field in [*LAYERS[name].model_fields, "unknown"]:
        for value in NASTY:
            try:
                layer = LAYERS[name].model_validate(fields | {field: value})
                layer.output_shape(*shapes)
            except (ValidationError, LayerProblem):
                continue
            layer.weights(*shapes)
            layer.macs(*shapes)
            layer.reach(*shapes)
            layer.keras_layer()
