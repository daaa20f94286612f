"""The field types that layers share: counts, pairs, fractions, Keras's activation names.

Each says in one message what it allows, instead of one message per member of a union.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal, LiteralString

from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from cnnkeras.errors import suggest

# TensorFlow's dimensions and strides are signed 32-bit numbers.
LARGEST = 2**31 - 1
# What float32 holds.
LARGEST_NUMBER = 3.4e38

# Keras's names, without `glu`, which halves the channels behind Keras's back, and `threshold`, which has no default.
Activation = Literal[
    "celu", "elu", "exponential", "gelu", "hard_shrink", "hard_sigmoid", "hard_silu", "hard_swish",
    "hard_tanh", "leaky_relu", "linear", "log_sigmoid", "log_softmax", "mish", "relu", "relu6", "selu", "sigmoid",
    "silu", "soft_shrink", "softmax", "softplus", "softsign", "sparse_plus", "sparsemax", "squareplus", "swish",
    "tanh", "tanh_shrink",
]  # fmt: skip


def _is_count(value: Any, smallest: int) -> bool:
    return type(value) is int and smallest <= value <= LARGEST


_TWO = re.compile(r"\s*[(\[]?\s*(\d{1,5})\s*[,x×]\s*(\d{1,5})\s*[)\]]?\s*")


def _pair(value: Any, smallest: int, meaning: str) -> tuple[int, int]:
    if _is_count(value, smallest):
        return (value, value)
    if isinstance(value, tuple) and len(value) == 2 and all(_is_count(member, smallest) for member in value):
        return (value[0], value[1])
    message = "must be {meaning}, or [height, width] of two"
    raise PydanticCustomError("pair", message, {"meaning": meaning, "hint": _meant_pair(value)})


def _meant_pair(value: Any) -> str | None:
    """Read "(3, 3)", "3x3" and "3,3" as most people mean them."""
    found = _TWO.fullmatch(value) if isinstance(value, str) else None
    return f"write [{found[1]}, {found[2]}]" if found else None


def _positive_pair(value: Any) -> tuple[int, int]:
    return _pair(value, 1, "an integer of at least 1")


_POSITIVE = {"type": "integer", "minimum": 1, "maximum": LARGEST}
_NATURAL = {"type": "integer", "minimum": 0, "maximum": LARGEST}


def said(pattern: str, message: LiteralString) -> BeforeValidator:
    """Give what says in words which strings match a pattern; `message` begins with "must"."""

    def check(value: Any) -> Any:
        if isinstance(value, str) and re.search(pattern, value):
            return value
        raise PydanticCustomError("text", message)

    return BeforeValidator(check)


def pair_schema(member: dict[str, Any]) -> dict[str, Any]:
    """Give the JSON Schema of one number or two."""
    return {"anyOf": [member, {"type": "array", "items": member, "minItems": 2, "maxItems": 2}]}


Count = Annotated[int, Field(ge=1, le=LARGEST)]
Natural = Annotated[int, Field(ge=0, le=LARGEST)]
Pair = Annotated[tuple[int, int], BeforeValidator(_positive_pair), WithJsonSchema(pair_schema(_POSITIVE))]
# A fraction that is dropped: 1 would drop everything.
Rate = Annotated[float, Field(ge=0, lt=1)]
Finite = Annotated[float, Field(allow_inf_nan=False, ge=-LARGEST_NUMBER, le=LARGEST_NUMBER)]
NotNegative = Annotated[float, Field(allow_inf_nan=False, ge=0, le=LARGEST_NUMBER)]
Positive = Annotated[float, Field(allow_inf_nan=False, gt=0, le=LARGEST_NUMBER)]


def _units(value: Any) -> int | str:
    if value == "num_classes" or _is_count(value, 1):
        return value  # type: ignore[no-any-return]  # the test above has settled it
    near = suggest(value, ["num_classes"]) if isinstance(value, str) else None
    hint = near if near and near.startswith("did") else None
    raise PydanticCustomError("units", 'must be an integer of at least 1, or "num_classes"', {"hint": hint})


# How many outputs a layer has. "num_classes" stays a word until the data says how many there are.
Units = Annotated[
    int | str,
    BeforeValidator(_units),
    WithJsonSchema({"anyOf": [_POSITIVE, {"const": "num_classes"}]}),
]


def known(units: int | str) -> int | None:
    """Give the number, or None while the number of classes is not known."""
    return units if isinstance(units, int) else None


def _edges(value: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Read Keras's three ways to write amounts at the edges: 2, [1, 2], [[1, 2], [3, 4]]."""
    if _is_count(value, 0):
        return ((value, value), (value, value))
    if isinstance(value, tuple) and len(value) == 2:
        if all(_is_count(member, 0) for member in value):
            return ((value[0], value[0]), (value[1], value[1]))
        sides = [member for member in value if isinstance(member, tuple) and len(member) == 2]
        if len(sides) == 2 and all(_is_count(amount, 0) for side in sides for amount in side):
            return (sides[0], sides[1])
    raise PydanticCustomError(
        "edges", "must be an integer, [height, width] or [[top, bottom], [left, right]], none negative"
    )


Edges = Annotated[
    tuple[tuple[int, int], tuple[int, int]],
    BeforeValidator(_edges),
    WithJsonSchema(
        {
            "anyOf": [
                _NATURAL,
                {
                    "type": "array",
                    "items": {"anyOf": [_NATURAL, {"type": "array", "items": _NATURAL, "minItems": 2, "maxItems": 2}]},
                    "minItems": 2,
                    "maxItems": 2,
                },
            ]
        }
    ),
]


def _natural_pair(value: Any) -> tuple[int, int]:
    return _pair(value, 0, "an integer of at least 0")


NaturalPair = Annotated[tuple[int, int], BeforeValidator(_natural_pair), WithJsonSchema(pair_schema(_NATURAL))]
