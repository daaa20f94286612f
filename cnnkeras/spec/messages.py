"""Validation in the user's words: one finding for each value that is wrong, whatever the validator made of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from cnnkeras.errors import Diagnostic
from cnnkeras.layers.base import Layer
from cnnkeras.layers.named import OneOf
from cnnkeras.spec.document import Document, Path
from cnnkeras.spec.entries import ENTRY_KEYS
from cnnkeras.spec.habits import suggest_key, suggest_value, suggest_word

Model = TypeVar("Model", bound=BaseModel)
# So many keys of an object are written out.
FEW = 4

_TYPES = {
    "int_type": "an integer",
    "int_from_float": "an integer",
    "float_type": "a number",
    "string_type": "a string",
    "bool_type": "true or false",
    "tuple_type": "an array",
    "dict_type": "an object",
    "model_type": "an object",
    "finite_number": "a finite number",
    "none_required": "null",
    "string_too_short": "a string that is not empty",
    "string_too_long": "a string of at most {max_length} characters",
    "too_short": "an array that is not empty",
    "too_long": "an array of at most {max_length}",
}
_BOUNDS = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
}


def show_value(value: Any) -> str:
    """Write a value as the file has it, shortened."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}…"


def validate(
    model: type[Model],
    value: Mapping[str, Any],
    document: Document,
    path: Path,
    label: str,
    notes: tuple[str, ...] = (),
) -> tuple[Model | None, list[Diagnostic]]:
    """Make a model of an object in the document, or tell everything that is wrong with it.

    `label` begins each message: `layers[3] Conv2D`.
    """
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        return None, _findings(error, model, value, document, path, label, notes)


def _findings(
    error: ValidationError,
    model: type[BaseModel],
    value: Mapping[str, Any],
    document: Document,
    path: Path,
    label: str,
    notes: tuple[str, ...],
) -> list[Diagnostic]:
    places: dict[Path, list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        # Members that are wrong are not counted; they are told themselves.
        if detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]:
            continue
        places.setdefault(_trim(detail, value), []).append(detail)
    described = {place: _describe(place, details, model, value) for place, details in places.items()}
    # A key that is only misspelt is one mistake, and not a missing key as well.
    meant = {hint for _, hint in described.values()}
    found = []
    for place, details in places.items():
        message, hint = described[place]
        kind = "too_short" if _is_too_few(details[0]) else details[0]["type"]
        if kind == "missing" and f'did you mean "{place[-1]}"?' in meant:
            continue
        code = {"missing": "missing", "extra_forbidden": "unknown-key"}.get(kind, "value")
        at_key = kind == "extra_forbidden"
        found.append(document.diagnostic(code, path + place, f"{label}: {message}", hint, notes, at_key=at_key))
    return found


def _trim(detail: ErrorDetails, value: Any) -> Path:
    """Leave out the steps that name a member of a union and not a place in the file."""
    steps: list[str | int] = []
    for step in detail["loc"]:
        inside = (isinstance(value, dict) and step in value) or (
            isinstance(value, tuple) and isinstance(step, int) and step < len(value)
        )
        if inside:
            value = value[step]
            steps.append(step)
        elif detail["type"] == "missing" and step == detail["loc"][-1] and not _is_too_few(detail):
            steps.append(step)
    return tuple(steps)


def _describe(
    place: Path, details: list[ErrorDetails], model: type[BaseModel], value: Mapping[str, Any]
) -> tuple[str, str | None]:
    """Give the message and the hint for all that was found at one place."""
    name = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")
    detail = details[0]
    kind, context = detail["type"], detail.get("ctx", {})
    if _is_too_few(detail):
        count = 1 + max(int(each["loc"][-1]) for each in details)
        return f'"{name}" must be an array of {count}, and it is {show_value(detail["input"])}', None
    if kind == "missing":
        return f'"{name}" is missing', f'add "{place[-1]}"'
    if kind == "extra_forbidden":
        return f"there is no key {show_value(name)}", suggest_key(str(place[-1]), _keys(model, place, value))
    if kind in _TYPES or kind in _BOUNDS or kind == "literal_error":
        message, hint = _must_be(name, details)
        keys = _fields(model, (*place, ""), value) if kind == "model_type" else []
        inside = ", ".join([f'"{key}": …' for key in keys[:FEW]] + ["…"] * (len(keys) > FEW))
        return message, f"write {{{inside}}}" if keys else hint
    message = detail["msg"]
    if message.startswith("must "):
        wanted = next((each for each in ("a number", "an integer") if each in message), "")
        hint = context.get("hint") or suggest_value(detail["input"], wanted)
        return f'"{name}" {message}, and it is {show_value(detail["input"])}', hint
    # What a field type says as "cause; cure" is shown on two lines.
    cause, _, cure = message.partition("; ")
    return (f'"{name}": {cause}' if name else cause), cure or context.get("hint")


def _is_too_few(detail: ErrorDetails) -> bool:
    """Tell whether an array of a fixed length ends before what is missing."""
    return detail["type"] == "missing" and isinstance(detail["loc"][-1], int)


def _must_be(name: str, details: list[ErrorDetails]) -> tuple[str, str | None]:
    expected = list(dict.fromkeys(_expected(detail) for detail in details))
    value = details[0]["input"]
    message = f'"{name}" must be {" or ".join(expected)}, and it is {show_value(value)}'
    words = [word for detail in details if detail["type"] == "literal_error" for word in _words(detail)]
    if words and isinstance(value, str | int):
        hint = suggest_word(str(value), words)
        many = len(words) > 6
        # A few words stand in the message already.
        hint = hint if many or (hint or "").startswith("did") else None
        return (f'"{name}" is {show_value(value)}, which there is not' if many else message), hint
    if any(each.startswith("an array") for each in expected) and (written := _as_array(value)):
        return message, f"write {written}"
    hints = (_share(details[0]), *(suggest_value(value, each) for each in expected))
    return message, next(filter(None, hints), None)


def _share(detail: ErrorDetails) -> str | None:
    """Say that a share is no percentage."""
    bound = detail.get("ctx", {}).get({"less_than": "lt", "less_than_equal": "le"}.get(detail["type"], ""))
    value = detail["input"]
    return f"it is a share of 1: write {value / 100:g}" if bound == 1 and 2 <= value <= 100 else None


def _as_array(value: Any) -> str | None:
    """Write the array that was meant; None where that can't be told."""
    if isinstance(value, dict) and value and all(type(each) in (int, float) for each in value.values()):
        return show_value([*value.values()])
    is_member = "type" in value if isinstance(value, dict) else isinstance(value, str) and not value[:1].isdigit()
    return f"[{show_value(value)}]" if is_member else None


def _expected(detail: ErrorDetails) -> str:
    kind = detail["type"]
    if kind == "literal_error":
        return " or ".join(_words(detail, '"')[:12])
    if kind == "too_short" and detail["ctx"]["min_length"] > 1:
        return "an array of at least {min_length}".format(**detail["ctx"])
    return (_TYPES | _BOUNDS).get(kind, detail["msg"]).format(**detail.get("ctx", {}))


def _words(detail: ErrorDetails, quote: str = "") -> list[str]:
    """Give the words that there are; numbers stand among them without quotes."""
    expected = str(detail.get("ctx", {}).get("expected", ""))
    return [word.replace("'", quote) for word in expected.replace(" or ", ", ").split(", ")]


def _keys(model: type[BaseModel], place: Path, value: Any) -> list[str]:
    """Give the keys that may stand there: an entry of a list of layers has some beside the layer's own."""
    beside = ENTRY_KEYS if issubclass(model, Layer) and len(place) == 1 else ()
    return [*_fields(model, place, value), *sorted(beside)]


def _fields(model: type[BaseModel], place: Path, value: Any) -> list[str]:
    """Give the keys that the object at `place` may have, as far as its type is a model."""
    current: Any = model
    for step in place[:-1]:
        value = value[step]
        info = getattr(current, "model_fields", {}).get(step)
        current = info and _model_of(info, value)
    return [*getattr(current, "model_fields", {})]


def _model_of(info: FieldInfo, value: Any) -> type[BaseModel] | None:
    """Give the model that checks a field's value: the one that its `type` names, or the one annotated."""
    for rule in info.metadata:
        if isinstance(rule, OneOf) and isinstance(value, dict):
            return rule.objects.get(rule.names().get(value.get("type", ""), ""))
    annotation = info.annotation
    # A member of a union that is told by its form is annotated itself.
    members = [getattr(each, "__origin__", each) for each in getattr(annotation, "__args__", (annotation,))]
    return next((member for member in members if isinstance(member, type) and issubclass(member, BaseModel)), None)
