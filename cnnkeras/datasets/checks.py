"""What is wrong with the data, said before training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from cnnkeras.datasets.labels import label_kind
from cnnkeras.datasets.reading import NOT_COUNTED, reading
from cnnkeras.datasets.source import PARTS, Data, Part
from cnnkeras.errors import Diagnostic, RunError
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.data import VOID
from cnnkeras.spec.label import Label

# So many pictures tell whether the others are in colour.
LOOKED_AT = 4
# Channels that differ by less, of 255, are a scan's or a printer's, and no colours.
TINT = 16


def check_data(data: Data, architecture: Architecture) -> list[Diagnostic]:
    """Give everything in the file that does not fit its data.

    Raises RunError where a part's first example can't be read, or has a label that there is not.
    """
    found = [*_parts(data, architecture), *_classes(data, architecture)]
    shapes = []
    for part in data.parts.values():
        if part.size:
            examples = part.examples()
            shapes.append(tuple(examples.element_spec["image"].shape))
            kind = label_kind(architecture)
            with reading(part):
                first = [_label(example, kind) for example in examples.take(1).as_numpy_iterator()]
            check_labels(part, np.asarray(first), kind)
    for shape in dict.fromkeys(shapes):
        found += [*_channels(shape, architecture), *_sizes(shape, architecture)]
    return found


def _label(example: Mapping[str, np.ndarray], kind: Label) -> np.ndarray:
    return np.insert(example["boxes"], 4, example["classes"], axis=1) if kind == "boxes" else example["label"]


def check_labels(part: Part, labels: np.ndarray, kind: Label, start: int = 0) -> None:
    """Raise RunError for the first label that is no class; in a mask, that is no class and not void.

    `labels` are those of the examples from `start` on, in order: classes, masks, or rows of boxes.
    """
    if part.num_classes is None:
        return
    numbers = labels[..., 4] if kind == "boxes" else labels
    wrong = (numbers < 0) | (numbers >= part.num_classes)
    places = np.argwhere(wrong & (numbers != NOT_COUNTED[kind]) if kind in NOT_COUNTED else wrong)
    if not len(places):
        return
    place = tuple(places[0])
    number, label, last = start + place[0], int(numbers[place]), part.num_classes - 1
    if kind == "mask":
        pixel = f"row {place[1]}, column {place[2]}"
        raise RunError(
            f"{part.name}: the mask of example {number} has the class {label} ({pixel}), and there are 0 to {last}",
            f"pixels that count nowhere have the class {VOID}",
        )
    if kind == "boxes":
        raise RunError(
            f"{part.name}: a box of example {number} has the class {label}, and there are 0 to {last}",
            "classes count from 0, and none of them is the background",
        )
    raise RunError(
        f"{part.name}: example {number} has the label {label}, and the classes are 0 to {last}",
        f'choose other examples for "{part.name}"; the test pictures of some data sets come without labels',
    )


def _parts(data: Data, architecture: Architecture) -> Iterator[Diagnostic]:
    for name in PARTS:
        if name not in data.parts or not data.parts[name].size:
            message = f"data: there are no examples for {name}"
            hint = "every run trains, validates and tests: give each of the three some examples"
            yield architecture.document.diagnostic("data", ("data", "split", name), message, hint)


def _classes(data: Data, architecture: Architecture) -> Iterator[Diagnostic]:
    stated = architecture.data and architecture.data.num_classes
    actual = len(data.class_names)
    if stated and stated != actual:
        message = f'data: "num_classes" is {stated}, and the data has {actual} classes'
        hint = f'leave "num_classes" out, or make it {actual}'
        yield architecture.document.diagnostic("data", ("data", "num_classes"), message, hint)


def _channels(shape: tuple[int | None, ...], architecture: Architecture) -> Iterator[Diagnostic]:
    given, wanted = shape[2], architecture.input.shape[2]
    # Grey and colour, with and without transparency, become each other; nothing else does.
    if given == wanted or (wanted in (1, 3) and given in (1, 2, 3, 4, None)):
        return
    channels = "1 channel" if given == 1 else f"{given or 'an unknown number of'} channels"
    message = f"input: the pictures have {channels}, and the shape has {wanted}"
    hint = f"make the last number of the shape {given or '1 or 3'}"
    yield architecture.document.diagnostic("data", ("input", "shape", 2), message, hint)


def lost_colours(data: Data, architecture: Architecture) -> tuple[str, ...]:
    """Remark that the network takes grey of pictures that are in colour, as the first ones tell."""
    height, width, channels = architecture.input.shape
    if channels != 1:
        return ()
    examples = data.parts["train"].examples()
    if examples.element_spec["image"].shape[2] in (1, 2):
        return ()
    with reading(data.parts["train"]):
        pictures = [example["image"] for example in examples.take(LOOKED_AT).as_numpy_iterator()]
    in_colour = [picture.shape[2] >= 3 and np.ptp(picture[..., :3], axis=2).max() > TINT for picture in pictures]
    if not in_colour or not all(in_colour):
        return ()
    shape = f"[{height or 'null'}, {width or 'null'}, 3]"
    return (
        f"data: the pictures are in colour, and the network takes grey; input.shape={shape} would keep the colours",
    )


def _sizes(shape: tuple[int | None, ...], architecture: Architecture) -> Iterator[Diagnostic]:
    batch_size = architecture.training.batch_size
    free = [side for side in (0, 1) if architecture.input.shape[side] is None and shape[side] is None]
    if free and batch_size > 1:
        message = f"input: the pictures differ in size, the shape leaves it free, and {batch_size} can't share a batch"
        hint = 'give height and width, or "training": {"batch_size": 1}'
        yield architecture.document.diagnostic("data", ("input", "shape", free[0]), message, hint)
