"""YOLO's data sets as Ultralytics' documentation describes them: a YAML file, and a text file of boxes a picture."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnkeras.datasets.boxes.annotations import Box, four_numbers
from cnnkeras.datasets.pictures.folders import picture_files
from cnnkeras.datasets.pictures.naming import class_name

KEYS = {"train": "train", "val": "validation", "valid": "validation", "validation": "validation", "test": "test"}
# A class, and the corners of a polygon: at least three.
FEWEST_CORNERS = 7
# Shares of a side are at most 1, but for what rounding or a careless hand makes of them.
LARGEST_SHARE = 1.5


@dataclass(frozen=True)
class YoloData:
    """The classes, the places that the file names for each part, and how many numbers the points of an object are."""

    names: tuple[str, ...]
    places: Mapping[str, tuple[Path, ...]]
    points: int = 0


def read_yaml(file: Path) -> YoloData:
    """Read the YAML file. Raises OSError, and ValueError where it is no such file."""
    import yaml

    try:
        content = yaml.safe_load(file.read_bytes())
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise ValueError(f"{line}{error.problem or error.context}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError("it is no YAML") from error
    except ValueError as error:  # a date that there is not, or a number of thousands of digits
        raise ValueError(f"it is no YAML: {error}") from error
    if not isinstance(content, dict):
        raise ValueError('it has no keys, such as "train" and "names"')
    base = file.parent / _text(content, "path", "")
    places: dict[str, tuple[Path, ...]] = {}
    for key, part in KEYS.items():
        if content.get(key):
            places[part] = _places(content[key], key, base, file.parent)
    if "train" not in places:
        raise ValueError('it has no "train"')
    return YoloData(_names(content), places, _points(content))


def _points(content: Mapping[Any, Any]) -> int:
    """Give how many numbers follow each box: an object of a pose has points, and `kpt_shape` says how many."""
    shape = content.get("kpt_shape")
    if shape is None:
        return 0
    whole = isinstance(shape, list) and len(shape) == 2 and all(type(each) is int for each in shape)
    if not whole or not all(0 < each < 1000 for each in shape):
        raise ValueError('"kpt_shape" must be how many points an object has, and how many numbers each')
    return int(shape[0] * shape[1])


def _text(content: Mapping[Any, Any], key: str, default: str) -> str:
    value = content.get(key)
    if value is not None and (not isinstance(value, str) or "\0" in value):
        raise ValueError(f'"{key}" is no path')
    return value or default


def _places(value: Any, key: str, base: Path, folder: Path) -> tuple[Path, ...]:
    several = value if isinstance(value, list) else [value]
    if not all(isinstance(each, str) and "\0" not in each for each in several):
        raise ValueError(f'"{key}" names no folder of pictures')
    return tuple(_there(each, base, folder) for each in several)


def _there(name: str, base: Path, folder: Path) -> Path:
    """Give where a folder or list lies: below "path", or beside the YAML file, where it has been moved.

    Roboflow writes ../train/images for what lies in train/images, and CVAT data/obj_train_data/1.jpg for what lies in
    obj_train_data.
    """
    plain = [name.removeprefix(before) for before in ("../", "data/") if name.startswith(before)]
    places = [base / name, folder / name, *(folder / each for each in plain), *(base / each for each in plain)]
    return next((place for place in places if _exists(place)), base / name)


def _exists(place: Path) -> bool:
    try:
        return place.exists()
    except OSError:  # a name that is too long, say
        return False


def _names(content: Mapping[Any, Any]) -> tuple[str, ...]:
    names = content.get("names")
    if isinstance(names, dict) and all(re.fullmatch(r"[0-9]{1,6}", str(number)) for number in names):
        ordered = [names[number] for number in sorted(names, key=lambda number: int(str(number)))]
        if sorted(int(str(number)) for number in names) != list(range(len(names))):
            raise ValueError('"names" must number the classes from 0, with none left out')
    elif isinstance(names, list):
        ordered = names
    elif names is None and type(content.get("nc")) is int and 0 < content["nc"] <= 100_000:
        ordered = list(range(content["nc"]))
    else:
        raise ValueError('it has no "names", an array or a number for each')
    strange = next((name for name in ordered if isinstance(name, bool | float)), None)
    if strange is not None:
        unquoted = "YAML reads a name without quotes, such as yes, no, on, off or 1.5, otherwise"
        raise ValueError(f'"names" has {strange}: {unquoted}; put each name into quotes')
    # Looked at before it is written out: a list of lists, each named twice, grows without end.
    good = all(isinstance(name, str) or (isinstance(name, int) and abs(name) < 1 << 32) for name in ordered)
    texts = tuple(class_name(str(name)) for name in ordered) if good else ()
    if not texts or len(set(texts)) < len(texts):
        raise ValueError('"names" must give each class a name of its own')
    return texts


def pictures_of(place: Path, base: Path) -> list[Path]:
    """Give the pictures of a folder, or those that a text file lists. Raises OSError and ValueError."""
    if place.is_dir():
        return list(picture_files(place))
    if place.suffix.casefold() != ".txt":
        raise FileNotFoundError(2, "No such file or directory", str(place))
    names = [line.strip() for line in place.read_text(encoding="utf-8-sig").splitlines()]
    return [_there(name, place.parent, base) for name in names if name and "\0" not in name]


def label_file(picture: Path) -> Path:
    """Give where a picture's boxes stand: in `labels` where it lies in `images`, else beside it."""
    folders = list(picture.parent.parts)
    if "images" in folders:
        last = len(folders) - 1 - folders[::-1].index("images")
        folders[last] = "labels"
    return Path(*folders, f"{picture.stem}.txt")


def read_labels(file: Path, names: tuple[str, ...], points: int = 0) -> tuple[Box, ...]:
    """Read a file with a line a box: the class's number, then centre and size as shares of the picture's sides.

    A polygon becomes the box around it; numbers of `points` that follow a box are passed over. Raises OSError, and
    ValueError, with the line, for what is neither.
    """
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise ValueError("it is no text in UTF-8") from error
    boxes = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                words = line.split()
                boxes.append(_box(words[:5] if points and len(words) == 5 + points else words, names))
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from error
    return tuple(boxes)


def _box(words: list[str], names: tuple[str, ...]) -> Box:
    if not re.fullmatch(r"[0-9]{1,9}(\.0*)?", words[0]):
        raise ValueError(f"{words[0][:40]!r} is no number of a class")
    shares = [share for word in words[1:] for share in four_numbers([word] * 4)[:1]]
    large = next((share for share in shares if abs(share) > LARGEST_SHARE), None)
    if large is not None:
        raise ValueError(f"{large:g} is no share of the picture's side; YOLO counts from 0 to 1, and not pixels")
    label = int(float(words[0]))
    name = names[label] if label < len(names) else str(label)
    if len(words) == 5:
        return Box((shares[0], shares[1], shares[2], shares[3]), name)
    if len(words) >= FEWEST_CORNERS and len(words) % 2:
        left, top, right, bottom = min(shares[::2]), min(shares[1::2]), max(shares[::2]), max(shares[1::2])
        return Box(((left + right) / 2, (top + bottom) / 2, right - left, bottom - top), name)
    raise ValueError(f"it has {len(words)} numbers, and a box has 5: class, centre x and y, width, height")
