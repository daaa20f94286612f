"""Field types of the augmentation layers: how much, and in which range the pictures' numbers are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from cnnkeras.layers.preprocessing import is_number

Factor = float | tuple[float, float]
FillMode = Literal["reflect", "wrap", "constant", "nearest"]
AffineInterpolation = Literal["nearest", "bilinear"]


@dataclass(frozen=True)
class Between:
    """A number within bounds, or [lowest, highest] of two.

    `above` leaves the lower bound itself out, `whole` takes integers only, `pair_only` no single number but 0.
    """

    lowest: float
    highest: float
    above: bool = False
    whole: bool = False
    pair_only: bool = False

    def read(self, value: Any) -> Factor:
        """Give the number or the pair; raise PydanticCustomError."""
        if self._holds(value) and not (self.pair_only and value):
            return value  # type: ignore[no-any-return]  # a number, as the test has settled
        if isinstance(value, tuple) and len(value) == 2 and all(map(self._holds, value)) and value[0] <= value[1]:
            return (value[0], value[1])
        raise PydanticCustomError("between", "must be {allowed}", self._allowed())

    def _allowed(self) -> dict[str, str]:
        if self.pair_only:
            return {
                "allowed": f"0, or [lowest, highest] between {self.lowest} and {self.highest}",
                "hint": "Keras can't load again what it saves of a single number here; [0, 0.2] is up to 0.2",
            }
        kind = "an integer" if self.whole else "a number"
        bounds = f"{'above' if self.above else 'from'} {self.lowest} {'up ' if self.above else ''}to {self.highest}"
        return {"allowed": f"{kind} {bounds}, or [lowest, highest] of two"}

    def _holds(self, value: Any) -> bool:
        if self.whole and type(value) is not int:
            return False
        return is_number(value, self.lowest, self.highest) and not (self.above and value == self.lowest)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate with `read` alone."""
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Give one number or two within the bounds."""
        bound = "exclusiveMinimum" if self.above else "minimum"
        one = {"type": "integer" if self.whole else "number", bound: self.lowest, "maximum": self.highest}
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 2, "maxItems": 2}]}


def _value_range(value: Any) -> tuple[float, float]:
    if isinstance(value, tuple) and len(value) == 2 and all(map(is_number, value)) and value[0] < value[1]:
        return (value[0], value[1])
    hint = {"hint": "[0, 1] or [0, 255], as the pictures' numbers are where they come in"}
    raise PydanticCustomError("value_range", "must be [lowest, highest]", hint)


ValueRange = Annotated[
    tuple[float, float],
    PlainValidator(_value_range),
    WithJsonSchema({"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}),
]


def _odd_pair(value: Any) -> Any:
    sizes = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
    if all(type(size) is int and size in range(1, 100, 2) for size in sizes):
        return value
    raise PydanticCustomError("odd_pair", "must be an odd integer from 1 to 99, or [height, width] of two")


OddPair = Annotated[
    int | tuple[int, int],
    PlainValidator(_odd_pair),
    WithJsonSchema(
        {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "array", "items": {"type": "integer", "minimum": 1}}]}
    ),
]
