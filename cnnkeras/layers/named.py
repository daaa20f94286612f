"""A field that holds one of several named objects: by its name, `"adam"`, or with fields, `{"type": "Adam", …}`.

The object is checked by the class that its `type` names and by no other, so that a mistake gives one message,
at its own place, and not one for every member of a union.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from cnnkeras.errors import suggest


def snake_case(name: str) -> str:
    """Write a class's name as Keras's strings do: `he_normal` for `HeNormal`, `f1_score` for `F1Score`."""
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)).lower()


@dataclass(frozen=True, eq=False)  # annotations are hashed, and a mapping is not hashable
class OneOf:
    """A field's validation, given in `Annotated`: one of `objects`, which have a `type`, by class name.

    `spell` gives the second name of every class, as Keras's strings have it; `aliases` gives further ones.
    """

    noun: str
    objects: Mapping[str, type[BaseModel]]
    spell: Callable[[str], str] = snake_case
    aliases: Mapping[str, str] = field(default_factory=dict)
    # What is meant by a name that is none, in lower case and without underscores, where the nearest would mislead.
    habits: Mapping[str, str] = field(default_factory=dict)

    def names(self) -> dict[str, str]:
        """Give every name that is accepted, and the class it means."""
        return (
            {name: name for name in self.objects} | {self.spell(name): name for name in self.objects} | {**self.aliases}
        )

    def read(self, value: Any) -> BaseModel:
        """Give the object that a name or a JSON object means. Raises PydanticCustomError or ValidationError."""
        if isinstance(value, str):
            name = self._class_name(value)
            return self.objects[name].model_validate({"type": name})
        if isinstance(value, dict) and isinstance(value.get("type"), str):
            try:
                name = self._class_name(value["type"])
            except PydanticCustomError as error:
                raise _at("type", error, value["type"]) from None
            return self.objects[name].model_validate({**value, "type": name})
        if isinstance(value, BaseModel) and isinstance(value, tuple(self.objects.values())):
            return value
        example = self._example(value)
        raise PydanticCustomError(
            "named_object",
            'must be {article} {noun}: a name such as "{example}", or an object such as {"type": "{example}"}',
            {
                "article": "an" if self.noun[0] in "aeiou" else "a",
                "noun": self.noun,
                "example": example,
                "hint": f'name it: {{"type": "{example}", …}}' if isinstance(value, dict) else None,
            },
        )

    def _example(self, value: Any) -> str:
        """Give a class that has the keys which are there, if one has."""
        keys = {*value} if isinstance(value, dict) else set()
        fitting = (name for name, kind in self.objects.items() if keys <= {*kind.model_fields})
        return next(fitting, next(iter(self.objects)))

    def _class_name(self, name: str) -> str:
        if name in self.objects:  # most names are; the rest of the table is then not needed
            return name
        if name not in self.names():
            raise PydanticCustomError(
                "unknown_name",
                'there is no {noun} "{name}"',
                {"noun": self.noun, "name": name, "hint": suggest(self._meant(name), self.objects)},
            )
        return self.names()[name]

    def _meant(self, name: str) -> str:
        return self.habits.get(name.casefold().replace("_", "").replace("loss", ""), name)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Validate with `read` alone."""
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Give the names, and each class's own schema."""
        return {"anyOf": [{"enum": sorted(self.names())}, self.objects_schema(handler)]}

    def objects_schema(self, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Give the JSON Schema of the objects alone, without their names."""
        # Members of a union are written as references; what a handler is given directly is written out.
        return handler(core_schema.union_schema([_referable(each) for each in dict.fromkeys(self.objects.values())]))


def _referable(described: type[BaseModel]) -> CoreSchema:
    """Give the class's schema under a name, so that the JSON Schema holds it once however often it is used."""
    described.model_rebuild()  # the classes are built when first used
    name = f"{described.__module__}.{described.__name__}:{id(described)}"
    return cast(CoreSchema, {**described.__pydantic_core_schema__, "ref": name})


def _at(key: str, error: PydanticCustomError, value: Any) -> ValidationError:
    """Give the error a place one key further in."""
    return ValidationError.from_exception_data("object", [{"type": error, "loc": (key,), "input": value}])
