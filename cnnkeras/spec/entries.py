"""The entries of a list of layers: what every entry may say beside its layer's fields, and the names in a scope."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from cnnkeras.layers.named import snake_case

# Layer names become parts of file names and of TensorBoard's tags; Keras takes no "/" in them.
NAME_PATTERN = r"[A-Za-z][A-Za-z0-9_.-]{0,79}"


def _name(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(NAME_PATTERN, value):
        return value
    raise PydanticCustomError("name", "must be a letter, then up to 79 letters, digits and . _ -")


Name = Annotated[str, BeforeValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{NAME_PATTERN}$"})]
MAX_REPEAT = 1000


def _inputs(value: Any) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value
    if isinstance(names, tuple) and names and all(isinstance(name, str) for name in names):
        return names
    raise PydanticCustomError("inputs", "must be a layer's name, or an array of names")


Inputs = Annotated[
    tuple[str, ...],
    BeforeValidator(_inputs),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
]


class Entry(BaseModel):
    """What an entry may say whatever its type: its name, what it takes, how often it stands there."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: Name | None = None
    inputs: Inputs | None = None
    repeat: Annotated[int, Field(ge=0, le=MAX_REPEAT)] = 1
    silence: tuple[str, ...] = ()


ENTRY_KEYS = frozenset(Entry.model_fields)


# The type of the one entry that stands in for the layers of a block that is wrong: its uses are no mistakes. No
# text of a file is this very object.
WRONG = "(wrong)"


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        hint = "give each input a name of its own"
        raise PydanticCustomError("inputs", 'has "{name}" twice', {"name": twice, "hint": hint})
    return names


class Block(BaseModel):
    """A list of layers under a name. A parameter whose default is null must be given where the block is used."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    description: str = ""
    parameters: Mapping[str, Any] = Field(default_factory=dict)
    inputs: Annotated[tuple[Name, ...], Field(min_length=1), AfterValidator(_distinct)] = ("input",)
    layers: Annotated[tuple[Any, ...], Field(min_length=1)]


@dataclass
class Scope:
    """The names of one list of layers: the file's, or one use of a block's.

    `known` maps a name of this scope to the node that it means. `prefix` begins the names of the nodes made here.
    """

    prefix: str
    known: dict[str, str]
    given: frozenset[str]
    counts: dict[str, int] = field(default_factory=dict)

    def automatic(self, layer_type: str) -> str:
        """Give the next free name for a layer without one: `conv2d_1`, `conv2d_2`."""
        stem = snake_case(re.sub(r"[^A-Za-z0-9]+", "_", layer_type))
        # TensorFlow takes no weight whose name begins so; a block's may, as "ä".
        stem = f"block{stem}".rstrip("_") if stem.startswith("_") else stem
        while True:
            self.counts[stem] = self.counts.get(stem, 0) + 1
            name = f"{stem}_{self.counts[stem]}"
            if name not in self.given and name not in self.known:
                return name


def given_names(entries: tuple[Any, ...]) -> frozenset[str]:
    """Give the names that a list of layers gives to its entries."""
    names = (entry.get("name") for entry in entries if isinstance(entry, dict))
    return frozenset(name for name in names if isinstance(name, str))
