"""Which pictures the sheets of `data` show: of every part as the data has them, of train as the network gets them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.preparation import unscaled
from cnnkeras.datasets.source import Data
from cnnkeras.datasets.survey import Example, PartSurvey, Survey, examples_at, part_of_examples
from cnnkeras.inspection.figures.contact import Labelled, contact_sheet
from cnnkeras.layers.augmentation import Augmentation
from cnnkeras.model.builder import build_model
from cnnkeras.spec.architecture import INPUT, Architecture, Node
from cnnkeras.spec.label import Label
from cnnkeras.training.seeds import set_seeds

SHOWN = 24


def contact_sheets(survey: Survey, data: Data, architecture: Architecture, kind: Label) -> Iterator[tuple[str, Figure]]:
    """Give the sheets by name: each part's, then train's after resizing, and after augmentation if there is any."""
    chosen: list[Example] = []
    for found in survey.parts:
        if not found.size:
            continue
        examples = examples_at(data.parts[found.name], choose(found))
        chosen = chosen or examples
        title = f"{found.name}: {len(examples):,} of {found.size:,} pictures as the data has them"
        yield found.name, contact_sheet(_as_they_are(examples, data, kind), data.class_names, title, _MEANING[kind])
    if not chosen:
        return
    part = part_of_examples(data.parts["train"], chosen)
    own = own_augmentation(architecture)
    ways = [("train_as_input", False, "as the network gets them")]
    if own or (architecture.data and architecture.data.augmentation):
        ways.append(("train_augmented", True, "as they are learned from in the first epoch"))
    for name, training, words in ways:
        set_seeds(architecture.training)
        change = build_model(own) if own and training else None
        made = _through(batches(part, architecture, len(chosen), training), data, architecture, kind, change)
        yield name, contact_sheet(made, data.class_names, f"train: the same pictures {words}", _MEANING[kind])


def own_augmentation(architecture: Architecture) -> Architecture | None:
    """Give the random layers with which a network begins, as a network; None where there is none."""
    nodes: list[Node] = []
    for node in architecture.nodes:
        if node.inputs == (nodes[-1].name if nodes else INPUT,) and isinstance(node.layer, Augmentation):
            nodes.append(node)
    return replace(architecture, nodes=tuple(nodes), outputs=(nodes[-1].name,)) if nodes else None


_MEANING: dict[Label, str] = {
    "class": "Below each picture its class.",
    "mask": "The mask lies over the picture, each class in its colour; white is void and counts nowhere.",
    "boxes": "Each box in the colour of its class.",
}


def choose(found: PartSurvey) -> list[int]:
    """Give which pictures are shown, the same every time: of each class in turn, without classes by lot."""
    lot = np.random.default_rng(0).permutation(found.size)
    if not found.labels:
        return sorted(lot[:SHOWN].tolist())
    labels = np.asarray(found.labels)[lot]
    # The first of every class, then the second of every class, and on.
    turns = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        turns[labels == label] = np.arange((labels == label).sum())
    some = np.lexsort((labels, turns))[:SHOWN]
    return [int(index) for index in lot[some[np.argsort(labels[some], kind="stable")]]]


def _as_they_are(examples: Sequence[Example], data: Data, kind: Label) -> list[Labelled]:
    return [_labelled(example["image"], kind, data.class_names, example) for example in examples]


def _labelled(picture: np.ndarray, kind: Label, names: Sequence[str], example: Example) -> Labelled:
    # The folders are the same for all of them, and leave no room for the name.
    file = example["file"].decode(errors="replace").rpartition("/")[2] if "file" in example else ""
    if kind == "class":
        return Labelled(picture, class_caption(example["label"], names))
    if kind == "mask":
        return Labelled(picture, file, mask=example["label"].reshape(example["label"].shape[:2]))
    return Labelled(picture, file, boxes=example["boxes"], classes=example["classes"])


def class_caption(label: Any, names: Sequence[str]) -> str:
    """Write a class number as its name; shares of several, as mixing makes them, with their percents."""
    shares = np.asarray(label)
    if not shares.ndim:
        return names[int(shares)] if 0 <= int(shares) < len(names) else f"{int(shares)}?"
    present = [index for index in np.argsort(-shares) if shares[index] > 0.005]
    return names[present[0]] if len(present) == 1 else " + ".join(f"{names[i]} {shares[i]:.0%}" for i in present)


def _through(made: Any, data: Data, architecture: Architecture, kind: Label, change: Any = None) -> list[Labelled]:
    """Give what the pipeline, and then `change`, make of pictures, back in numbers that can be looked at."""
    shown = []
    for images, labels in made.as_numpy_iterator():
        taken = images if change is None else np.asarray(change(images, training=True))
        for picture, label in zip(unscaled(taken, architecture.input), labels, strict=True):
            if kind == "boxes":
                rows = label[label[:, 4] >= 0]
                example = {"boxes": rows[:, :4], "classes": rows[:, 4].astype(np.int64)}
            else:
                example = {"label": label}
            shown.append(_labelled(picture, kind, data.class_names, example))
    return shown
