"""What of `data.augmentation` doesn't fit the task, the input or the loss, found before anything runs."""

from __future__ import annotations

from collections.abc import Iterator

from cnnkeras.errors import Diagnostic
from cnnkeras.spec.augmentation import AUGMENTATIONS, COLORS, Augmentation, RandomCrop, Warp
from cnnkeras.spec.document import Document
from cnnkeras.spec.input import InputSection
from cnnkeras.spec.label import Label
from cnnkeras.spec.losses import AnyLoss, Sum

# (keys from the entry to what is wrong, message, hint)
Problem = tuple[tuple[str, ...], str, str | None]

MIXING_CLASSES = ("MixUp", "CutMix")
# Losses that ask for one class, and take no shares of several.
_OF_ONE_CLASS = ("CategoricalGeneralizedCrossEntropy", "CategoricalHinge", "Hinge", "SquaredHinge")
_MIXING = ("MixUp", "CutMix", "Mosaic")
_NAMES: dict[Label, str] = {"class": "classes", "mask": "masks", "boxes": "boxes"}
_MIRRORING = ("reflect", "wrap")


def check_augmentation(
    document: Document,
    items: tuple[Augmentation, ...],
    label: Label | None,
    section: InputSection | None,
    loss: AnyLoss | None,
) -> list[Diagnostic]:
    """Give every finding; what is None is not known, and not checked against."""
    found = []
    for index, item in enumerate(items):
        problems = [
            *(_labels(item, label) if label else ()),
            *(_input(item, section) if section else ()),
            *(_loss(item, loss) if label == "class" and loss else ()),
        ]
        for keys, message, hint in problems:
            place = ("data", "augmentation", index, *keys)
            found.append(document.diagnostic("augmentation", place, f"data: {item.type}: {message}", hint))
    return found


def _labels(item: Augmentation, label: Label) -> Iterator[Problem]:
    if label not in item.labels:
        taken = " and ".join(_NAMES[kind] for kind in item.labels)
        fitting = [name for name in _MIXING if label in AUGMENTATIONS[name].labels]
        yield (), f"takes {taken} along, and the labels are {_NAMES[label]}", f"use {' or '.join(fitting)}"
    if label == "boxes" and isinstance(item, Warp) and item.fill_mode in _MIRRORING:
        message = f'fill_mode "{item.fill_mode}" shows objects a second time, and there they have no box'
        yield ("fill_mode",), message, 'use "constant" or "nearest", or leave it out'


def _input(item: Augmentation, section: InputSection) -> Iterator[Problem]:
    height, width, channels = section.shape
    if item.channels and channels not in item.channels:
        wanted, given = " or ".join(map(str, item.channels)), f"{channels} channel{'s' * (channels != 1)}"
        yield (), f"takes {wanted} channels, and the input has {given}", "use RandomBrightness or RandomContrast"
    if item.type in COLORS:
        return
    if height is None or width is None:
        yield (), "takes pictures of one size, and input.shape leaves it free", "give height and width, or leave it out"
    elif isinstance(item, RandomCrop) and (item.height > height or item.width > width):
        message = f"a piece of {item.height}×{item.width} is larger than the input, {height}×{width}"
        yield (), message, "to take pieces of larger pictures, use input.resize"


def _loss(item: Augmentation, loss: AnyLoss) -> Iterator[Problem]:
    parts = loss.parts if isinstance(loss, Sum) else (loss,)
    for part in parts:
        if item.type in MIXING_CLASSES and part.type in _OF_ONE_CLASS:
            message = f"gives each picture shares of two classes, and the loss {part.type} takes one class"
            yield (), message, 'use "CategoricalCrossentropy" as loss, or leave it out'
