"""What a caller of an engine's file has to know, in a JSON file beside it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from cnnkeras.serving.engines.network import IMAGES
from cnnkeras.spec.architecture import Architecture
from cnnkeras.training.atomic import write_text

MEANINGS = {
    "outputs": "the network's own output: {what}",
    "probabilities": "the probability of each class",
    "boxes": "left, top, right, bottom in pixels of the input, before non-maximum suppression",
    "scores": "the score of each class, a row a box",
}
WHAT = {
    "class": "a number a class",
    "mask": "a number a class for every pixel",
    "boxes": "the detector's raw numbers",
}


def write_card(
    file: Path, engine: str, architecture: Architecture, class_names: Sequence[str], outputs: Mapping[str, np.ndarray]
) -> None:
    """Write `FILE.json`: what goes in, what the caller has to do before, what comes out. Raises OSError.

    `outputs` are those of one picture.
    """
    section = architecture.input
    what = "" if architecture.task is None else WHAT[architecture.task.label]
    card = {
        "engine": engine,
        "file": file.name,
        "input": {"name": IMAGES, "shape": ["batch", *section.shape], "type": "float32", "values": "from 0 to 255"},
        "before": {
            "channels": "grey" if section.shape[2] == 1 else "red, green, blue",
            "resize": section.resize,
            "interpolation": f"{section.interpolation}, antialiased",
            "round": "to whole numbers",
        },
        "inside": "the scaling to the network's range, mean and standard deviation",
        "outputs": {
            name: {"shape": ["batch", *value.shape[1:]], "means": MEANINGS[name].format(what=what)}
            for name, value in outputs.items()
        },
        "class_names": list(class_names),
    }
    write_text(file.with_name(f"{file.name}.json"), json.dumps(card, indent=2, ensure_ascii=False) + "\n")
