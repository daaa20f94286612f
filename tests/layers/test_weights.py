"""Initializers, regularizers and constraints by Keras's names."""

from __future__ import annotations

from typing import Any

import pytest

from .building import build, mistake


def conv_config(**fields: Any) -> dict[str, Any]:
    return build("Conv2D", filters=1, kernel_size=3, **fields).keras_layer().config


@pytest.mark.parametrize("name", ["he_normal", "HeNormal", {"type": "he_normal"}, {"type": "HeNormal", "seed": None}])
def test_names_in_both_spellings(name: Any) -> None:
    """A name that Keras takes would be refused."""
    assert conv_config(kernel_initializer=name)["kernel_initializer"] == {
        "class_name": "HeNormal",
        "config": {"seed": None},
    }


def test_objects_have_fields() -> None:
    """A seed or a strength would be lost on its way to Keras."""
    config = conv_config(
        kernel_initializer={"type": "TruncatedNormal", "stddev": 0.1, "seed": 3},
        kernel_regularizer={"type": "L1L2", "l1": 0.1},
        kernel_constraint={"type": "MaxNorm", "axis": (0, 1, 2)},
        bias_initializer="uniform",
    )
    assert config["kernel_initializer"]["config"] == {"mean": 0.0, "stddev": 0.1, "seed": 3}
    assert config["kernel_regularizer"] == {"class_name": "L1L2", "config": {"l1": 0.1, "l2": 0.0}}
    assert config["kernel_constraint"] == {"class_name": "MaxNorm", "config": {"max_value": 2, "axis": (0, 1, 2)}}
    assert config["bias_initializer"]["class_name"] == "RandomUniform"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"kernel_initializer": "he_nromal"}, ('there is no initializer "he_nromal"', 'did you mean "HeNormal"?')),
        ({"kernel_initializer": "sobelx"}, ('there is no initializer "sobelx"', 'did you mean "sobel_x"?')),
        ({"bias_regularizer": "l1_l2"}, ('there is no regularizer "l1_l2"', 'did you mean "L1L2"?')),
        (
            {"kernel_initializer": "identity"},
            (
                '"identity" can\'t be used for the kernel of a convolution',
                "it needs a matrix, as the kernel of a dense layer is",
            ),
        ),
        (
            {"bias_initializer": "orthogonal"},
            ('"orthogonal" can\'t be used for a vector', "it needs a matrix, as the kernel of a dense layer is"),
        ),
        (
            {"kernel_regularizer": {"type": "OrthogonalRegularizer"}},
            (
                '"OrthogonalRegularizer" can\'t be used for the kernel of a convolution',
                "it needs a matrix, as the kernel of a dense layer is",
            ),
        ),
        (
            {"bias_constraint": {"type": "UnitNorm", "axis": 1}},
            ("axis 1 must be between -1 and 0 for a vector", None),
        ),
        ({"kernel_constraint": {"type": "UnitNorm", "axis": (0, -4)}}, ("axis must name each axis once", None)),
        (
            {"kernel_initializer": {"type": "HeNormal", "seed": -1}},
            ("Input should be greater than or equal to 0", None),
        ),
        (
            {"bias_constraint": 5},
            ('must be a constraint: a name such as "MaxNorm", or an object such as {"type": "MaxNorm"}', None),
        ),
    ],
)
def test_mistakes(fields: dict[str, Any], expected: tuple[str, str | None]) -> None:
    """A misspelt name would not find its neighbour, or Keras would stop at what it can't fill."""
    assert mistake("Conv2D", filters=1, kernel_size=3, **fields) == expected
