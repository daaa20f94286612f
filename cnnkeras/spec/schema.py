"""The JSON Schema of an architecture file: what editors complete and check from.

Made from the same models that validate, so that it can't say anything else. A layer's fields may hold `$`
arithmetic anywhere, because a schema can't see whether it looks at a block.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import models_json_schema

from cnnkeras.layers import LAYERS
from cnnkeras.spec.entries import Block, Entry
from cnnkeras.spec.header import Header
from cnnkeras.spec.input import InputSection
from cnnkeras.spec.prediction import PredictionSection
from cnnkeras.spec.task import Registry
from cnnkeras.spec.training import TrainingSection

EXPRESSION = {"type": "string", "pattern": "^\\$"}


def json_schema(registry: Registry) -> dict[str, Any]:
    """Give the schema for files that use the sources and tasks of `registry`."""
    models: list[type[BaseModel]] = [
        *LAYERS.values(),
        *registry.sources.values(),
        InputSection,
        TrainingSection,
        PredictionSection,
        Header,
        Block,
        Entry,
    ]
    for model in models:
        model.model_rebuild()
    places, definitions = models_json_schema([(model, "validation") for model in models])
    names = {model: place["$ref"].rpartition("/")[2] for (model, _), place in places.items()}
    shared = definitions["$defs"]
    entry = shared.pop(names[Entry])["properties"]
    for name, model in LAYERS.items():
        _make_entry(shared[names[model]], name, entry)
    shared["layer"] = _layer(names)
    shared[names[Block]]["properties"]["layers"] = {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/layer"}}
    header = shared.pop(names[Header])["properties"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "cnnkeras architecture",
        "type": "object",
        "properties": _sections(registry, names, header),
        "required": ["task", "input", "layers"],
        "additionalProperties": False,
        "$defs": dict(sorted(shared.items())),
    }


def _make_entry(schema: dict[str, Any], name: str, entry: dict[str, Any]) -> None:
    """Turn a layer's schema into that of an entry: the common keys, and `$` arithmetic for every field."""
    fields = {field: {"anyOf": [inner, EXPRESSION]} for field, inner in schema["properties"].items()}
    schema["properties"] = {**fields, "type": {"const": name}, **entry}
    schema["properties"]["repeat"] = {"anyOf": [entry["repeat"], EXPRESSION]}


def _layer(names: dict[Any, str]) -> dict[str, Any]:
    """Give the schema of any entry: the fields follow from the type; another type is a block's name."""
    rules = [
        {
            "if": {"properties": {"type": {"const": name}}, "required": ["type"]},
            "then": {"$ref": f"#/$defs/{names[model]}"},
        }
        for name, model in LAYERS.items()
    ]
    types = {"anyOf": [{"enum": sorted(LAYERS)}, {"type": "string"}]}
    return {"type": "object", "properties": {"type": types}, "required": ["type"], "allOf": rules}


def _sections(registry: Registry, names: dict[Any, str], header: dict[str, Any]) -> dict[str, Any]:
    sources = [
        {
            "if": {"properties": {"source": {"const": name}}, "required": ["source"]},
            "then": {"$ref": f"#/$defs/{names[model]}"},
        }
        for name, model in registry.sources.items()
    ]
    return {
        "$schema": TypeAdapter(str).json_schema(),
        **header,
        "task": {"enum": list(registry.tasks)},
        "input": {"$ref": f"#/$defs/{names[InputSection]}"},
        "blocks": {"type": "object", "additionalProperties": {"$ref": f"#/$defs/{names[Block]}"}},
        "layers": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/layer"}},
        "data": {
            "type": "object",
            "properties": {"source": {"enum": list(registry.sources)}},
            "required": ["source"],
            "allOf": sources,
        },
        "training": {"$ref": f"#/$defs/{names[TrainingSection]}"},
        "prediction": {"$ref": f"#/$defs/{names[PredictionSection]}"},
    }
