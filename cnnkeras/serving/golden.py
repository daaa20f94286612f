"""Golden pictures: what an export was asked when it was proved, and what it answered, kept beside it.

`assets.extra/golden/` has each request as the body that TF Serving's REST takes, so that curl can send it, and
each answer as REST gives it; `index.json` tells what belongs together.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from cnnkeras.analysis.analysis import analyse
from cnnkeras.errors import RunError
from cnnkeras.serving.cost import macs_of_picture
from cnnkeras.serving.requests import Request
from cnnkeras.serving.rest_format import answers_from, answers_to, request_from, request_to
from cnnkeras.spec.architecture import Architecture

FOLDER = "assets.extra/golden"
# More pictures would not prove more; and a large network gets fewer, so that the proof takes seconds: each picture is
# answered six times, at some 50 billion multiply-accumulates a second.
MOST_PICTURES = 16
MOST_MACS = 30e9
# The requests and answers are files of text, a few bytes a number.
MOST_NUMBERS = 1_000_000
# A larger picture is made smaller, and a larger answer to one picture is proved, but not kept.
LARGEST_PICTURE = 512 * 512 * 3
LARGEST_ANSWER = 250_000

Answers = dict[str, np.ndarray]


@dataclass(frozen=True)
class Golden:
    """One request, what was answered, and the outputs whose answers are too large to be kept.

    `name` is the beginning of its files' names.
    """

    name: str
    request: Request
    answers: Answers
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class GoldenSet:
    """What lies in the folder: the model's name, each signature's input and outputs with their types, the requests."""

    model: str
    inputs: Mapping[str, str]
    outputs: Mapping[str, Mapping[str, str]]
    requests: tuple[Golden, ...]


def golden_pictures(architecture: Architecture, pictures: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Choose and shrink pictures, uint8, for the proof. Where there are none, it is noise."""
    small = [_shrunk(picture) for picture in pictures[:MOST_PICTURES]] or [_noise(architecture)]
    macs = macs_of_picture(architecture, small[0].shape)
    by_macs = MOST_PICTURES // 4 if macs is None else int(MOST_MACS // max(macs, 1))
    by_numbers = MOST_NUMBERS // (2 * (small[0].size + _answered(architecture, small[0])))
    return small[: max(1, min(by_macs, by_numbers))]


def _answered(architecture: Architecture, picture: np.ndarray) -> int:
    """Give about how many numbers the network answers to a picture; a side that is free is the picture's."""
    nodes = {node.name: node.output_shape or () for node in analyse(architecture).nodes}
    shape = nodes[architecture.outputs[0]]
    own = (None, None, *shape[2:]) if architecture.input.resize == "tile" else shape
    return prod(side or picture.shape[axis] for axis, side in enumerate(own))


def write_golden(export: Path, model: str, asked: Iterable[tuple[Request, Answers]]) -> None:
    """Write requests with the network's answers. Raises OSError."""
    folder = export / FOLDER
    folder.mkdir(parents=True)
    entries: list[dict[str, Any]] = []
    signatures: dict[str, Any] = {}
    counts: Counter[str] = Counter()
    for request, answers in asked:
        counts[request.signature] += 1
        outputs = {name: _type_name(value) for name, value in answers.items()}
        signatures.setdefault(request.signature, {"input": request.input, "outputs": outputs})
        name = f"{request.signature}-{counts[request.signature]}"
        kept = {key: value for key, value in answers.items() if value.size <= LARGEST_ANSWER * len(request.value)}
        _write(folder / f"{name}.request.json", request_to(request))
        _write(folder / f"{name}.answer.json", answers_to(kept, alone=len(answers) == 1))
        left_out = sorted(set(answers) - set(kept))
        entries.append(
            {"name": name, "signature": request.signature, "pictures": len(request.value), "left_out": left_out}
        )
    _write(folder / "index.json", {"model": model, "signatures": signatures, "requests": entries}, indent=2)


def read_golden(export: Path) -> GoldenSet:
    """Read what `write_golden` wrote. Raises RunError where it is not there, or is not whole."""
    folder = export / FOLDER
    try:
        index = json.loads((folder / "index.json").read_text("utf-8"))
        inputs = {name: signature["input"] for name, signature in index["signatures"].items()}
        outputs = {name: dict(signature["outputs"]) for name, signature in index["signatures"].items()}
        requests = tuple(_read(folder, entry, inputs, outputs) for entry in index["requests"])
    except FileNotFoundError as failure:
        hint = "export the run again: python run.py export RUN"
        raise RunError(f"{export} has no golden requests: {failure.filename} is missing", hint) from failure
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as failure:
        hint = "export the run again: python run.py export RUN"
        raise RunError(f"the golden requests in {folder} can't be read: {failure!r}", hint) from failure
    return GoldenSet(index["model"], inputs, outputs, requests)


def _read(folder: Path, entry: Any, inputs: Mapping[str, str], outputs: Mapping[str, Mapping[str, str]]) -> Golden:
    name, signature = entry["name"], entry["signature"]
    body, answer = (json.loads((folder / f"{name}.{kind}.json").read_text("utf-8")) for kind in ("request", "answer"))
    kept = {output: kind for output, kind in outputs[signature].items() if output not in entry["left_out"]}
    answers = answers_from(answer, kept, alone=len(outputs[signature]) == 1)
    return Golden(name, request_from(body, inputs[signature]), answers, tuple(entry["left_out"]))


def _write(file: Path, content: Any, indent: int | None = None) -> None:
    separators = None if indent else (",", ":")
    file.write_text(json.dumps(content, indent=indent, separators=separators, ensure_ascii=False) + "\n", "utf-8")


def _type_name(value: np.ndarray) -> str:
    return "string" if value.dtype == object else value.dtype.name


def _shrunk(picture: np.ndarray) -> np.ndarray:
    if picture.size <= LARGEST_PICTURE:
        return picture
    factor = (LARGEST_PICTURE / picture.size) ** 0.5
    size = [max(1, int(side * factor)) for side in picture.shape[:2]]
    return np.asarray(tf.cast(tf.round(tf.image.resize(picture, size, "area")), tf.uint8))


def _noise(architecture: Architecture) -> np.ndarray:
    """Give a picture where there are none: 32 by 32 where the network's sides are free."""
    height, width, channels = architecture.input.shape
    return np.random.default_rng(0).integers(0, 256, (height or 32, width or 32, channels), np.uint8)
