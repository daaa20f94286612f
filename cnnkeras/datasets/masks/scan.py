"""Reads masks once, before training: which values each has, and what is wrong with it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from cnnkeras.datasets.masks.files import beginnings, decode_codes
from cnnkeras.datasets.masks.values import Meaning, shown
from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.policy import Picture
from cnnkeras.datasets.pictures.sizes import picture_size
from cnnkeras.datasets.pictures.splitting import strata
from cnnkeras.spec.data import VOID

if TYPE_CHECKING:
    import tensorflow as tf

# A photograph in place of a mask has any number of values; so many are kept of each.
MOST_VALUES = 512


@dataclass(frozen=True)
class Masked(Picture):
    """A picture with its mask: where the mask lies, what messages call it, and the classes in it.

    `label` is for the split: the rarest of the classes.
    """

    mask: str = ""
    mask_name: str = ""
    classes: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Scan:
    """The size of a mask and how many pixels have each code."""

    height: int
    width: int
    counts: Mapping[int, int]


def scan(files: Sequence[str], coloured: bool) -> list[Scan | None]:
    """Decode every mask; None stands for one that can't be."""
    import tensorflow as tf

    if not files:
        return []

    def read(index: tf.Tensor, file: tf.Tensor, *start: tf.Tensor) -> tuple[tf.Tensor, ...]:
        codes = decode_codes(tf.io.read_file(file), start, coloured)
        values, _, counts = tf.unique_with_counts(tf.reshape(codes, [-1]))
        return index, tf.shape(codes), values[:MOST_VALUES], counts[:MOST_VALUES]

    data = tf.data.Dataset.from_tensor_slices(
        (range(len(files)), [*map(os.fsencode, files)], *beginnings(files, coloured))
    )
    tried = data.map(read, num_parallel_calls=tf.data.AUTOTUNE, deterministic=False).ignore_errors()
    found: list[Scan | None] = [None] * len(files)
    for index, (height, width), values, counts in tried.as_numpy_iterator():
        found[index] = Scan(int(height), int(width), dict(zip(values.tolist(), counts.tolist(), strict=True)))
    return found


def codes_in(scans: Iterable[Scan | None]) -> list[Mapping[int, int]]:
    """Give the codes of every mask that could be decoded."""
    return [each.counts for each in scans if each is not None]


def check_masks(
    pictures: Sequence[Masked], scans: Sequence[Scan | None], meaning: Meaning, findings: Findings
) -> list[Masked]:
    """Give the pictures whose masks can be used, each with the class that stands for it in the split."""
    kept: list[tuple[Masked, Scan]] = []
    for picture, found in zip(pictures, scans, strict=True):
        if found is None:
            findings.add("unreadable", picture.mask_name, "is no mask that can be decoded")
        elif _is_right(picture, found, meaning, findings):
            kept.append((picture, found))
    classes = [_classes(found, meaning) for _, found in kept]
    labels = strata(classes)
    return [
        replace(picture, label=label, classes=some)
        for (picture, _), label, some in zip(kept, labels, classes, strict=True)
    ]


def _is_right(picture: Masked, found: Scan, meaning: Meaning, findings: Findings) -> bool:
    policies = []
    size = picture_size(picture.file)
    if size is not None and size != (found.width, found.height):
        detail = f"is {found.width}×{found.height}, and its picture {size[0]}×{size[1]}"
        policies.append(findings.add("mask_size", picture.mask_name, detail))
    unknown = {code: count for code, count in found.counts.items() if code not in meaning.classes}
    if unknown:
        common = sorted(unknown, key=lambda code: (-unknown[code], code))
        values = ", ".join(map(shown, common[:4])) + (" and others" if len(common) > 4 else "")
        pixels = f"{sum(unknown.values()):,} pixels" if sum(unknown.values()) > 1 else "1 pixel"
        policies.append(findings.add("mask_value", picture.mask_name, f"has {pixels} of no class: {values}"))
    return "skip" not in policies


def _classes(found: Scan, meaning: Meaning) -> frozenset[int]:
    return frozenset({meaning.classes[code] for code in found.counts if code in meaning.classes} - {VOID})
