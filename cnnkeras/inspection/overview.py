"""What the data is, as one object: what `data --json` prints, and what its tables are made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from cnnkeras.datasets.pictures.defects import DEFECTS, OnProblem, Policy, Problem, policy_of
from cnnkeras.datasets.source import Data
from cnnkeras.datasets.survey import PartSurvey, Survey
from cnnkeras.spec.label import Label

# What a class has of each kind of label.
UNITS: dict[Label, str] = {"class": "pictures", "mask": "pixels", "boxes": "boxes"}
# COCO's bounds between small, medium and large boxes, in pixels.
SMALL, LARGE = 32**2, 96**2


def overview(survey: Survey, data: Data, kind: Label, policies: OnProblem | None) -> dict[str, Any]:
    """Give everything that is known of the data, in numbers and words alone.

    `policies` are the file's; what only decoding found is always reported, as a run does not look for it.
    """
    found = [(problem, policy_of(policies or "error", problem.code)) for problem in data.problems]
    found += [(problem, "report") for problem in survey.problems]
    return {
        "labels": kind,
        "classes": list(data.class_names),
        "formats": dict(sorted(data.formats.items())),
        "parts": {part.name: _part(part, data.class_names, kind) for part in survey.parts},
        "balance": _balance(survey.parts[0].amounts),
        "remarks": [remark.removeprefix("data: ") for remark in data.remarks],
        "problems": [_problem(problem, policy) for problem, policy in _ordered(found)],
    }


def _part(part: PartSurvey, class_names: Sequence[str], kind: Label) -> dict[str, Any]:
    unit = UNITS[kind]
    described: dict[str, Any] = {
        "pictures": part.size,
        "height": _spread(part.heights),
        "width": _spread(part.widths),
        "sizes": len({*zip(part.heights, part.widths, strict=True)}),
        "channels": {str(channels): count for channels, count in sorted(part.channels.items())},
        # Two classes may have the same name.
        "classes": [
            {"class": name, "pictures": int(pictures), **({} if kind == "class" else {unit: int(amount)})}
            for name, pictures, amount in zip(class_names, part.pictures, part.amounts, strict=True)
        ],
    }
    if kind == "mask":
        described["void_pixels"] = part.void
    return described | (_boxes(part) if kind == "boxes" else {})


def _boxes(part: PartSurvey) -> dict[str, Any]:
    boxes = np.concatenate(part.boxes) if part.boxes else np.zeros((0, 4))
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    area = width * height
    return {
        "boxes": len(boxes),
        "boxes_by_picture": _spread(part.boxes_by_picture),
        "pictures_without_box": sum(count == 0 for count in part.boxes_by_picture),
        "crowds": part.crowds,
        "box_width": _spread(width),
        "box_height": _spread(height),
        "box_aspect": _spread(width[height > 0] / height[height > 0]),
        "box_share_of_picture": _spread(np.concatenate(part.areas) if part.areas else ()),
        "small": int((area < SMALL).sum()),
        "medium": int(((area >= SMALL) & (area < LARGE)).sum()),
        "large": int((area >= LARGE).sum()),
    }


def _spread(values: Any) -> dict[str, float] | None:
    """Give the least, the median and the greatest."""
    numbers = np.asarray(values, float)
    if not len(numbers):
        return None
    ways: dict[str, Callable[[np.ndarray], float]] = {"min": np.min, "median": np.median, "max": np.max}
    return {name: round(float(way(numbers)), 4) for name, way in ways.items()}


def _balance(amounts: np.ndarray) -> float | None:
    """Give how many times as much the most frequent class of train has as the rarest; None where one has nothing."""
    return round(float(amounts.max() / amounts.min()), 2) if len(amounts) and amounts.min() else None


def _ordered(found: Sequence[tuple[Problem, Policy]]) -> list[tuple[Problem, Policy]]:
    order = list(DEFECTS)
    return sorted(found, key=lambda each: (order.index(each[0].code), each[0].name))


def _problem(problem: Problem, policy: Policy) -> dict[str, str]:
    message = problem.detail or DEFECTS[problem.code].one
    return {"code": problem.code, "policy": policy, "name": problem.name, "message": message}
