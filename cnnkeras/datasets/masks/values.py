"""What the numbers and colours of masks mean: `"classes"` and `"void"`.

A pixel's value is one integer, its code: the number of a grey or indexed mask, or COLOUR and the 24 bits of red,
green and blue.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from cnnkeras.datasets.pictures.naming import class_name
from cnnkeras.datasets.source import SourceProblem
from cnnkeras.spec.data import VOID, DataSection

# What stands above the 24 bits of a colour. Numbers end below it: files have at most 16 bits.
COLOUR = 1 << 24
# What a grey adds to each of red, green and blue.
GREY = 0x010101
LARGEST = 65535
# A mask in memory has one byte a pixel; the last number is void, the one before marks what is no class.
MOST_CLASSES = 254
UNKNOWN = 254

# The classes of masks of 0 and 255 alone.
BINARY = {0: 0, 255: 1}

Colour = tuple[int, int, int]
Value = int | Colour


def _is_number(value: Any, largest: int) -> bool:
    return type(value) is int and 0 <= value <= largest


def _is_colour(value: Any) -> bool:
    return isinstance(value, tuple) and len(value) == 3 and all(_is_number(each, 255) for each in value)


def _classes(value: Any) -> Any:
    if isinstance(value, dict):
        kinds = {_is_colour(each) for each in value.values()}
        good = all(_is_number(each, LARGEST) or _is_colour(each) for each in value.values()) and len(kinds) == 1
        names = list(map(class_name, value))
    else:
        good = isinstance(value, tuple) and bool(value) and all(isinstance(name, str) and name for name in value)
        names = list(map(class_name, value)) if good else []
    if not good:
        raise PydanticCustomError(
            "classes", "must be an array of names, or an object of names with a number, or a colour [r, g, b], each"
        )
    if len(set(names)) < len(names) or (isinstance(value, dict) and len(set(value.values())) < len(value)):
        raise PydanticCustomError("classes", "must have each name and each value once")
    if len(names) > MOST_CLASSES:
        raise PydanticCustomError("classes", "must have at most 254 classes")
    return dict(zip(names, value.values(), strict=True)) if isinstance(value, dict) else tuple(names)


def _void(value: Any) -> Any:
    several = value if isinstance(value, tuple) and not _is_colour(value) else (value,)
    if all(_is_number(each, LARGEST) or _is_colour(each) for each in several):
        return value
    raise PydanticCustomError("void", "must be a number or a colour [r, g, b], or an array of them")


_NUMBER = {"type": "integer", "minimum": 0, "maximum": LARGEST}
_COLOUR = {
    "type": "array",
    "items": {"type": "integer", "minimum": 0, "maximum": 255},
    "minItems": 3,
    "maxItems": 3,
}
_NAMES = {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1, "maxItems": MOST_CLASSES}


def _once(given: tuple[str, ...]) -> tuple[str, ...]:
    names = tuple(map(class_name, given))
    if len(set(names)) < len(names) or not all(names):
        raise PydanticCustomError("classes", "must name each class once, none of them empty")
    return names


Names = Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_once)]
Classes = Annotated[
    tuple[str, ...] | dict[str, Any],
    BeforeValidator(_classes),
    WithJsonSchema(
        {
            "anyOf": [
                _NAMES,
                {"type": "object", "additionalProperties": {"anyOf": [_NUMBER, _COLOUR]}, "minProperties": 1},
            ]
        }
    ),
]
Void = Annotated[
    Any,
    BeforeValidator(_void),
    WithJsonSchema({"anyOf": [_NUMBER, _COLOUR, {"type": "array", "items": {"anyOf": [_NUMBER, _COLOUR]}}]}),
]


class MaskValues(DataSection):
    """What a source of masks says of their numbers and colours: `classes` names them, `void` is what counts nowhere."""

    classes: Classes | None = None
    void: Void = None

    @field_validator("void")
    @classmethod
    def _is_no_class(cls, void: Any, info: ValidationInfo) -> Any:
        classes = info.data.get("classes")
        if isinstance(classes, Mapping) and void is not None:
            coloured = is_coloured(classes)
            voids = _codes(void, coloured)
            for name, value in classes.items():
                if code_of(value, coloured) in voids:
                    message = "{name} is a class and void at once; give it one of the two"
                    raise PydanticCustomError("void", message, {"name": f'"{name}"'})
        return void


@dataclass(frozen=True)
class Meaning:
    """Which code is which class (VOID for void), and the classes' names; `colours` tells how masks are read."""

    names: tuple[str, ...]
    classes: Mapping[int, int]
    colours: bool = False


def is_coloured(classes: Sequence[str] | Mapping[str, Value] | None) -> bool:
    """Tell whether the classes are given by colours."""
    return isinstance(classes, Mapping) and any(isinstance(value, tuple) for value in classes.values())


def meaning_of(
    classes: Sequence[str] | Mapping[str, Value] | None,
    void: Any,
    num_classes: int | None,
    found: Sequence[Collection[int]],
) -> Meaning:
    """Give what the codes mean. `found` are those in each mask; they count where the file leaves something open.

    Without values the number of a pixel is its class, and 255 is void. Masks of 0 and 255 alone have two classes, also
    where the file calls them 0 and 1.
    Raises SourceProblem where the masks are coloured and the file does not say what the colours mean.
    """
    voids = {} if void is None else dict.fromkeys(_codes(void, is_coloured(classes)), VOID)
    if isinstance(classes, Mapping):
        codes = {code_of(value, is_coloured(classes)): number for number, value in enumerate(classes.values())}
        usual = {VOID: VOID} if void is None and VOID not in codes and not is_coloured(classes) else {}
        if void is None and codes.keys() == {0, 1} and {code for some in found for code in some} in ({0, 255}, {255}):
            # What was saved as 0 and 1 of one bit is read as 0 and 255.
            return Meaning(tuple(classes), {0: codes[0], 255: codes[1]})
        return Meaning(tuple(classes), usual | codes | voids, is_coloured(classes))
    _refuse_colours(found)
    known = sorted({code for codes in found for code in codes if not code & COLOUR and code not in voids})
    stated = len(classes) if classes is not None else num_classes
    if void is None and known in ([0, 255], [255]) and stated in (2, None):
        return Meaning(tuple(classes or ("0", "255")), BINARY)
    if void is None:
        voids = {VOID: VOID}
    largest = max((code for code in known if code not in voids), default=0)
    count = stated or min(largest + 1, MOST_CLASSES)
    names = tuple(classes) if classes is not None else tuple(map(str, range(count)))
    return Meaning(names, {number: number for number in range(count)} | voids)


def code_of(value: Value, coloured: bool = False) -> int:
    """Give the code of a number or a colour; where masks are read as colours, a number is a grey."""
    if isinstance(value, tuple) or coloured:
        red, green, blue = value if isinstance(value, tuple) else (value, value, value)
        return COLOUR | red << 16 | green << 8 | blue
    return value


def shown(code: int) -> str:
    """Write a code as the file would give it."""
    return f"[{code >> 16 & 255}, {code >> 8 & 255}, {code & 255}]" if code & COLOUR else str(code)


def _codes(void: Any, coloured: bool) -> list[int]:
    several = void if isinstance(void, tuple) and not (_is_colour(void) and coloured) else (void,)
    return [code_of(value, coloured) for value in several]


def _refuse_colours(found: Sequence[Collection[int]]) -> None:
    """Raise SourceProblem where most masks are coloured; a single one is a defect of its own."""
    coloured = [codes for codes in found if any(code & COLOUR for code in codes)]
    if 2 * len(coloured) > len(found):
        # Black, white and grey have come as numbers; among colours they are colours too.
        there = {code if code & COLOUR else code_of(code, coloured=True) for codes in coloured for code in codes}
        colours = sorted(there)
        strange = min(code for codes in coloured for code in codes if code & COLOUR)
        message = f"the masks are coloured, and the file does not say what {shown(strange)} means"
        hint = f'give "classes" with a colour each, {{"name": {shown(strange)}, …}}; there are '
        more = ", …" if len(colours) > 8 else ""
        raise SourceProblem(("source",), message, hint + ", ".join(map(shown, colours[:8])) + more)
