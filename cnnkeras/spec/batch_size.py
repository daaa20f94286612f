"""The batch size: a number, or "auto" for the largest that fits."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

MOST = 1_000_000
# Keras's.
DEFAULT = 32


class Unmeasured(int):
    """What stands for "auto" until it is measured on the device: Keras's default, for what is known before that."""


def _read(value: Any) -> int:
    if value == "auto":
        return Unmeasured(DEFAULT)
    if isinstance(value, Unmeasured) or (type(value) is int and 1 <= value <= MOST):
        return value
    raise PydanticCustomError(
        "batch_size", 'must be a number from 1 to 1,000,000, or "auto" for the largest that the memory takes'
    )


BatchSize = Annotated[
    int,
    PlainValidator(_read),
    WithJsonSchema({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1, "maximum": MOST}]}),
]
