"""Pascal VOC's annotations (VOC2012 development kit, 4): one XML a picture, and lists of pictures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from cnnkeras.datasets.boxes.annotations import Box, four_numbers
from cnnkeras.datasets.boxes.markup import Element, read_xml
from cnnkeras.datasets.pictures.naming import class_name

CORNERS = ("xmin", "ymin", "xmax", "ymax")
# Lists of a single class say beside each name whether the picture has it.
_FLAG = re.compile(r"\s+(-?1|0)$")


@dataclass(frozen=True)
class VocAnnotation:
    """The boxes, in pixels from 0, which of them are difficult, and the picture's size where it stands there."""

    boxes: tuple[Box, ...]
    difficult: tuple[bool, ...]
    size: tuple[int, int] | None


def read_annotation(file: Path, first_pixel: int) -> VocAnnotation:
    """Read one XML file.

    VOC counts pixels from 1, and the last one belongs to the box: from 1 to 3 are three pixels. A box that ends
    where it begins has no area nevertheless: somebody has clicked, and not drawn. Raises OSError, and ValueError,
    with the line, where it can't be read as an annotation.
    """
    root = read_xml(file.read_bytes())
    objects = root.all("object")
    return VocAnnotation(
        tuple(_box(each, first_pixel) for each in objects),
        tuple(any(flag.text.strip() == "1" for flag in each.all("difficult")) for each in objects),
        _size(root),
    )


def _box(element: Element, first_pixel: int) -> Box:
    label = class_name(element.one("name").text.strip())
    if not label:
        raise ValueError(f"line {element.line}: <object> has an empty <name>")
    corners = element.one("bndbox")
    found = [corners.one(tag) for tag in CORNERS]
    for child in found:
        try:
            four_numbers([child.text.strip()] * 4)
        except ValueError as error:
            raise ValueError(f"line {child.line}: <{child.tag}> {error}") from error
    left, top, right, bottom = four_numbers([child.text for child in found])
    left, top = left - first_pixel, top - first_pixel
    if right <= left + first_pixel:
        right -= first_pixel
    if bottom <= top + first_pixel:
        bottom -= first_pixel
    return Box((left, top, right, bottom), label)


def _size(root: Element) -> tuple[int, int] | None:
    """Give width and height; some tools leave them out, or write 0."""
    for size in root.all("size"):
        numbers = [child.text.strip() for tag in ("width", "height") for child in size.all(tag)]
        if len(numbers) == 2 and all(re.fullmatch(r"[1-9][0-9]{0,6}", number) for number in numbers):
            return int(numbers[0]), int(numbers[1])
    return None


def read_list(file: Path) -> list[str]:
    """Give the names in a list of pictures. Raises OSError and ValueError."""
    lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    flags = [_FLAG.search(line) for line in lines]
    # A name may end in a number itself.
    if not all(flags):
        return lines
    return [_FLAG.sub("", line) for line, flag in zip(lines, flags, strict=True) if flag and flag[1] != "-1"]
