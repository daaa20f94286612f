"""From pictures with masks to the parts of the data."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnkeras.datasets.masks.files import beginnings, decode_codes, to_classes
from cnnkeras.datasets.masks.scan import Masked, check_masks, codes_in, scan
from cnnkeras.datasets.masks.values import BINARY, UNKNOWN, Meaning, is_coloured, meaning_of
from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.holding import HeldOut
from cnnkeras.datasets.pictures.parts import Labelling, file_names, split_data
from cnnkeras.datasets.source import Data
from cnnkeras.spec.data import VOID

if TYPE_CHECKING:
    import tensorflow as tf


def masked_data(
    found: Mapping[str, Sequence[Masked]],
    classes: Any,
    void: Any,
    num_classes: int | None,
    held: HeldOut,
    seed: int,
    folder: Path,
    findings: Findings,
) -> Data:
    """Look at pictures and masks, and give the parts; what they lack is held out of train.

    Every mask is decoded once for this: its values tell the classes, and which picture goes into which part.
    Raises SourceProblem for everything that the file does not let pass.
    """
    total = len({problem.name for problem in findings.problems}) + sum(map(len, found.values()))
    flat = [picture for pictures in found.values() for picture in pictures]
    scans = scan([picture.mask for picture in flat], is_coloured(classes))
    meaning = meaning_of(classes, void, num_classes, codes_in(scans))
    kept = {picture.name: picture for picture in check_masks(flat, scans, meaning, findings)}
    given = {part: [kept[each.name] for each in pictures if each.name in kept] for part, pictures in found.items()}
    labelling = mask_labelling(meaning, findings)
    data = split_data(given, held, seed, folder, meaning.names, findings, total, labelling)
    return replace(data, remarks=binary_remark(meaning, classes))


def binary_remark(meaning: Meaning, classes: Any) -> tuple[str, ...]:
    """Say it where what 0 and 255 mean was taken from the masks, and not from the file."""
    stated = isinstance(classes, Mapping) and 255 in classes.values()
    if meaning.classes.keys() != BINARY.keys() or meaning.classes[255] == VOID or stated:
        return ()
    first, second = (meaning.names[meaning.classes[code]] for code in (0, 255))
    return (f'data: the masks hold 0 and 255 alone: 0 is "{first}", and 255 is "{second}"',)


def mask_labelling(meaning: Meaning, findings: Findings) -> Labelling:
    """Give how masks are read, those repaired that the file lets be repaired."""
    unknown = VOID if findings.wanted("mask_value") == "repair" else UNKNOWN
    resize = findings.wanted("mask_size") == "repair"

    def given(pictures: Sequence[Masked]) -> tf.data.Dataset:
        import tensorflow as tf

        masks = [picture.mask for picture in pictures]
        files = tf.constant([os.fsencode(mask) for mask in masks], tf.string)
        return tf.data.Dataset.from_tensor_slices((file_names(pictures), files, *beginnings(masks, meaning.colours)))

    def example(image: tf.Tensor, mask: tuple[tf.Tensor, ...]) -> dict[str, tf.Tensor]:
        import tensorflow as tf

        name, file, *start = mask
        label = to_classes(decode_codes(tf.io.read_file(file), start, meaning.colours), meaning.classes, unknown)
        if resize:
            label = tf.image.resize(label[..., tf.newaxis], tf.shape(image)[:2], "nearest")[..., 0]
        return {"label": tf.ensure_shape(label, (None, None)), "file": name}

    return Labelling(lambda picture: picture.classes, given, example)
