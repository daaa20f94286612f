"""What the tests of layers share: a layer from its fields, and what is said where one is wrong."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from cnnkeras.layers import LAYERS
from cnnkeras.layers.base import Layer, LayerProblem, Shape


def build(type_name: str, **fields: Any) -> Layer:
    """Give a layer of a type, as the parser would."""
    return LAYERS[type_name].model_validate({"type": type_name, **fields})


def problem(layer: Layer, *inputs: Shape) -> tuple[str, str | None, str | None]:
    """Give (message, hint, field) of what `output_shape` raises."""
    with pytest.raises(LayerProblem) as caught:
        layer.output_shape(*inputs)
    return caught.value.message, caught.value.hint, caught.value.field


def mistake(type_name: str, **fields: Any) -> tuple[str, str | None]:
    """Give the message and the hint of the one field that is wrong."""
    with pytest.raises(ValidationError) as caught:
        build(type_name, **fields)
    (detail,) = caught.value.errors()
    return detail["msg"], detail.get("ctx", {}).get("hint")
