"""COCO's instances (cocodataset.org, format-data): one JSON for all pictures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeGuard

from cnnkeras.datasets.boxes.annotations import Box, four_numbers
from cnnkeras.datasets.pictures.naming import class_name


@dataclass
class CocoPicture:
    """A picture's file name, its boxes as left, top, width, height, and its size where it stands there."""

    file_name: str
    size: tuple[int, int] | None = None
    boxes: list[Box] = field(default_factory=list)
    is_broken: bool = False


@dataclass
class Coco:
    """The categories in the order of their numbers, the pictures, and what can't be read: its place and the reason.

    `twins` are categories with the name of another, which makes one class of both; `groups` what categories belong to.
    """

    categories: tuple[str, ...] = ()
    pictures: dict[Any, CocoPicture] = field(default_factory=dict)
    problems: list[tuple[str, str]] = field(default_factory=list)
    strays: list[tuple[str, str]] = field(default_factory=list)
    twins: list[str] = field(default_factory=list)
    groups: set[str] = field(default_factory=set)


def read_coco(file: Path) -> Coco:
    """Read the JSON.

    What is wrong with a single entry stands in `problems`, and its picture is broken; annotations of pictures that
    there are not are `strays`. Raises OSError, and ValueError where the whole is no such JSON.
    """
    content = _content(file)
    read = Coco()
    names = _categories(content, read)
    read.categories = tuple(dict.fromkeys(names[number] for number in sorted(names)))
    for place, entry in _entries(content, "images"):
        _picture(place, entry, read)
    for place, entry in _entries(content, "annotations"):
        _annotation(place, entry, names, read)
    return read


def _content(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(file.read_bytes())
    except json.JSONDecodeError as error:
        raise ValueError(f"line {error.lineno}, column {error.colno}: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise ValueError("it is no text in UTF-8") from error
    except ValueError as error:  # Python's word for a number of thousands of digits
        raise ValueError("it holds a number of more digits than can be read") from error
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error
    if not isinstance(content, dict):
        raise ValueError("it holds no object")
    for key in ("categories", "images", "annotations"):
        if not isinstance(content.get(key), list):
            raise ValueError(f'it has no "{key}"')
    return content


def _entries(content: dict[str, Any], key: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for index, entry in enumerate(content[key]):
        yield f"{key}[{index}]", entry if isinstance(entry, dict) else {}


def _is_name(value: Any) -> TypeGuard[str]:
    """Tell whether it is text that can be written down: JSON lets half a character pass."""
    return isinstance(value, str) and bool(value) and not re.search("[\0\ud800-\udfff]", value)


def _categories(content: dict[str, Any], read: Coco) -> dict[int, str]:
    """Give the names by their numbers."""
    names: dict[int, str] = {}
    for place, entry in _entries(content, "categories"):
        number, name = entry.get("id"), entry.get("name")
        if type(number) is not int or not _is_name(name):
            read.problems.append((place, 'needs an "id", a whole number, and a "name"'))
        elif names.get(number, class_name(name)) != class_name(name):
            read.problems.append((place, f'has the id {number} of another category, "{names[number]}"'))
        else:
            if class_name(name) in names.values():
                read.twins.append(f'{place} "{name}"')
            names[number] = class_name(name)
            above = entry.get("supercategory")
            if isinstance(above, str) and class_name(above) != names[number]:
                read.groups.add(class_name(above))
    return names


def _picture(place: str, entry: dict[str, Any], read: Coco) -> None:
    number, name = entry.get("id"), entry.get("file_name")
    if not isinstance(number, int | str) or not _is_name(name):
        read.problems.append((place, 'needs an "id" and a "file_name"'))
    elif number in read.pictures:
        read.problems.append((place, f"has the id {number} of another picture, {read.pictures[number].file_name}"))
    else:
        sides = (entry.get("width"), entry.get("height"))
        known = all(type(side) is int and 0 < side < 1 << 24 for side in sides)
        read.pictures[number] = CocoPicture(name, sides if known else None)  # type: ignore[arg-type]  # it is known


def _annotation(place: str, entry: dict[str, Any], names: dict[int, str], read: Coco) -> None:
    owner = entry.get("image_id")
    picture = read.pictures.get(owner) if isinstance(owner, int | str) else None
    if picture is None:
        read.strays.append((place, f"belongs to the picture {owner!r}, which there is not"))
        return
    category, box = entry.get("category_id"), entry.get("bbox")
    try:
        if not isinstance(box, list) or len(box) != 4:
            raise ValueError('needs a "bbox" of four numbers')
        numbers = four_numbers(box)
    except ValueError as error:
        read.problems.append((place, f"({picture.file_name}) {error}"))
        picture.is_broken = True
        return
    label = names.get(category) if type(category) is int else None
    picture.boxes.append(Box(numbers, label or f"category {category}", entry.get("iscrowd") in (1, True)))
