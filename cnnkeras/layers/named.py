"""A field that holds one of several named objects: by its name, `"adam"`, or with fields, `{"type": "Adam", …}`.

The object is checked by the class that its `type` names and by no other, so that a mistake gives one message,
at its own place, and not one for every member of a union.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


def snake_case(name: str) -> str:
    """Write a class's name as Keras's strings do: `he_normal` for `HeNormal`, `f1_score` for `F1Score`."""
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


def unknown_name(noun: str, name: str, allowed: Iterable[str]) -> PydanticCustomError:
    """Give the error for a name that nobody has: with the nearest one, or with all of them."""
    from difflib import get_close_matches  # only a mistake pays for it

    allowed = list(allowed)
    near = get_close_matches(name, allowed, n=1)
    if near:
        return PydanticCustomError(
            "unknown_name",
            '"{name}" is no {noun}; did you mean "{near}"?',
            {"name": name, "noun": noun, "near": near[0]},
        )
    return PydanticCustomError(
        "unknown_name",
        '"{name}" is no {noun}; use one of {listed}',
        {"name": name, "noun": noun, "listed": ", ".join(f'"{known}"' for known in allowed)},
    )


@dataclass(frozen=True, eq=False)  # annotations are hashed, and a mapping is not hashable
class OneOf:
    """A field's validation, given in `Annotated`: one of `objects`, which have a `type`, by class name.

    `spell` gives the second name of every class, as Keras's strings have it; `aliases` gives further ones.
    """

    noun: str
    objects: Mapping[str, type[BaseModel]]
    spell: Callable[[str], str] = snake_case
    aliases: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> dict[str, str]:
        """Give every name that is accepted, and the class it means."""
        return (
            {name: name for name in self.objects} | {self.spell(name): name for name in self.objects} | {**self.aliases}
        )

    def read(self, value: Any) -> BaseModel:
        """Give the object that a name or a JSON object means. Raises PydanticCustomError or ValidationError."""
        if isinstance(value, str):
            return self._class(value).model_validate({"type": self._class_name(value)})
        if isinstance(value, dict) and isinstance(value.get("type"), str):
            try:
                name = self._class_name(value["type"])
            except PydanticCustomError as error:
                raise _at("type", error, value["type"]) from None
            return self.objects[name].model_validate({**value, "type": name})
        if isinstance(value, BaseModel) and isinstance(value, tuple(self.objects.values())):
            return value
        raise PydanticCustomError(
            "named_object",
            'must be {article} {noun}: a name such as "{example}", or an object such as {"type": "{example}"}',
            {
                "article": "an" if self.noun[0] in "aeiou" else "a",
                "noun": self.noun,
                "example": next(iter(self.objects)),
            },
        )

    def _class_name(self, name: str) -> str:
        if name in self.objects:  # most names are; the rest of the table is then not needed
            return name
        if name not in self.names():
            # A class name and its other spelling are one suggestion, not two.
            raise unknown_name(self.noun, name, self.objects if name[:1].isupper() else self._lower_names())
        return self.names()[name]

    def _lower_names(self) -> list[str]:
        return list(dict.fromkeys([*(self.spell(name) for name in self.objects), *self.aliases]))

    def _class(self, name: str) -> type[BaseModel]:
        return self.objects[self._class_name(name)]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate with `read` alone."""
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Give the names, and each class's own schema."""
        members = [handler(_referable(described)) for described in dict.fromkeys(self.objects.values())]
        return {"anyOf": [{"enum": sorted(self.names())}, *members]}


def _referable(described: type[BaseModel]) -> CoreSchema:
    """Give the class's schema under a name, so that the JSON Schema holds it once however often it is used."""
    described.model_rebuild()  # the classes are built when first used
    name = f"{described.__module__}.{described.__name__}:{id(described)}"
    return cast(CoreSchema, {**described.__pydantic_core_schema__, "ref": name})


def _at(key: str, error: PydanticCustomError, value: Any) -> ValidationError:
    """Give the error a place one key further in."""
    return ValidationError.from_exception_data("object", [{"type": error, "loc": (key,), "input": value}])
