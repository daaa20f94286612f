"""The tables of `data`: parts, classes, boxes, and everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Console

from cnnkeras.console import print_grid
from cnnkeras.datasets.pictures.defects import DEFECTS
from cnnkeras.errors import printable
from cnnkeras.inspection.overview import UNITS

# From here on it is worth saying what can be done about it.
UNBALANCED = 5
# What the policies come to.
DONE = {"error": "stops the run", "skip": "left out", "report": "goes on"}


def print_overview(found: Mapping[str, Any], console: Console) -> None:
    """Print everything; of the problems every single one."""
    parts = found["parts"]
    _print(
        console,
        "parts",
        ("part", "pictures", "height", "width", "sizes", "channels"),
        map(_part_row, *zip(*parts.items(), strict=True)),
    )
    if found["formats"]:
        console.print("files: " + ", ".join(f"{count:,} {form}" for form, count in found["formats"].items()))
        console.print()
    _print_classes(found, console)
    if found["labels"] == "boxes":
        _print_boxes(parts, console)
    for remark in found["remarks"]:
        console.print(printable(remark), soft_wrap=True)
    _print_problems(found["problems"], console)


def _part_row(name: str, part: Mapping[str, Any]) -> tuple[str, ...]:
    channels = part["channels"]
    each = next(iter(channels), "–") if len(channels) == 1 else ", ".join(f"{n} ({c:,})" for n, c in channels.items())
    return name, f"{part['pictures']:,}", _range(part["height"]), _range(part["width"]), f"{part['sizes']:,}", each


def _print_classes(found: Mapping[str, Any], console: Console) -> None:
    """Print a line a class: for each part how much there is of it, and its share of all that has a class."""
    unit = UNITS[found["labels"]]
    second = "share" if unit != "pixels" else "pictures"
    heads = ["class", *(head for part in found["parts"] for head in (part, second))]
    rows = []
    for index, name in enumerate(found["classes"]):
        row = [name]
        for part in found["parts"].values():
            own, total = part["classes"][index], sum(each[unit] for each in part["classes"])
            share = f"{own[unit] / total:.1%}" if total else "–"
            row += [share, f"{own['pictures']:,}"] if unit == "pixels" else [f"{own[unit]:,}", share]
        rows.append(row)
    title = "classes (share of the pixels, and in how many pictures)" if unit == "pixels" else f"classes ({unit})"
    _print(console, title, heads, rows)
    for name, part in found["parts"].items():
        if part.get("void_pixels"):
            console.print(f"{name}: {part['void_pixels']:,} void pixels, which count nowhere", soft_wrap=True)
    if len(found["classes"]) > 1:
        _print_balance(found, console, unit)


def _print_balance(found: Mapping[str, Any], console: Console, unit: str) -> None:
    """Say how much more the most frequent class has than the rarest, and what lets the rarest count."""
    times = (
        f"{found['balance']:g} times the {unit} of the rarest" if found["balance"] else "some, and another has nothing"
    )
    console.print(f"balance: the most frequent class of train has {times}", soft_wrap=True)
    if (found["balance"] or 0) >= UNBALANCED:
        ways = '"resample"' if unit == "boxes" else '"weights" or "resample"'
        console.print(f'         "balance": {ways} lets rare classes count', soft_wrap=True)
    console.print()


def _print_boxes(parts: Mapping[str, Mapping[str, Any]], console: Console) -> None:
    counted = {
        "boxes": "boxes", "pictures without a box": "pictures_without_box", "small, below 32² pixels": "small",
        "medium": "medium", "large, from 96² pixels": "large", "crowds": "crowds",
    }  # fmt: skip
    spread = {"in a picture": "boxes_by_picture", "width": "box_width", "height": "box_height"}
    fine = {"width : height": "box_aspect", "share of the picture": "box_share_of_picture"}
    rows = [(name, *(f"{part[key]:,}" for part in parts.values())) for name, key in counted.items()]
    rows += [(name, *(_range(part[key]) for part in parts.values())) for name, key in spread.items()]
    rows += [(name, *(_range(part[key], ".3f") for part in parts.values())) for name, key in fine.items()]
    _print(console, "boxes (one number, or the least … the median … the greatest)", ("", *parts), rows)


def _print_problems(problems: Sequence[Mapping[str, str]], console: Console) -> None:
    if not problems:
        console.print("nothing is wrong with them")
        return
    console.print(f"problems: {len(problems):,}", style="bold")
    for (code, policy), some in groupby(problems, lambda each: (each["code"], each["policy"])):
        told = list(some)
        done = DEFECTS[code].repair if policy == "repair" else DONE[policy]
        console.print(f'\n{code}: {len(told):,} ("{policy}": {done})', soft_wrap=True)
        for each in told:
            console.print(f"  {printable(each['name'])} {printable(each['message'])}", soft_wrap=True)
    console.print()


def _range(spread: Mapping[str, float] | None, form: str = ",.0f") -> str:
    """Write the least, the median and the greatest; one number where they are the same."""
    if spread is None:
        return "–"
    if spread["min"] == spread["max"]:
        return format(spread["min"], form)
    return " … ".join(format(spread[name], form) for name in ("min", "median", "max"))


def _print(console: Console, title: str, heads: Iterable[str], rows: Iterable[Sequence[str]]) -> None:
    console.print(title, style="bold")
    first, *others = heads
    print_grid(console, [(first, "left"), *((head, "right") for head in others)], rows)
