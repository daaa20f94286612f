"""Masks as files: for each picture the class of every pixel, and the picture with its classes in colour."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from cnnkeras.datasets.places import placed
from cnnkeras.serving.objects import ObjectWriter
from cnnkeras.serving.pictures import decode
from cnnkeras.serving.predictions import Known, PictureAnswer, Row, next_folder
from cnnkeras.spec.data import VOID
from cnnkeras.spec.input import InputSection
from cnnkeras.tasks.palette import BACKGROUND, VOID_COLOUR, colours_of

# How much of an overlay is the class's colour; along the outlines it is all, but where they would hide a small picture.
STRENGTH = 0.55
OUTLINED_FROM = 128

MASK, PROBABILITIES = "mask", "probabilities"
FILES = (MASK, "overlay", "panoptic")


class MaskWriter:
    """Writes into the next folder of a run's predictions, which is made for the first picture."""

    # Where the network takes any size pictures may differ, and masks are large.
    together = 1

    def __init__(self, run: Path, known: Known) -> None:
        self._run = run
        self.class_names = known.class_names
        self.section = known.section
        self._objects = ObjectWriter(known)

    @cached_property
    def folder(self) -> Path:
        """Give the folder."""
        return next_folder(self._run)

    def write(self, number: int, file: Path, encoded: bytes, answer: PictureAnswer) -> Row:
        """Write mask, overlay and panoptic picture of one picture; give its row: all three, and counts by class.

        Two pictures of one name don't overwrite each other: `number` tells them apart.
        """
        picture = decode(tf.constant(encoded), self.section.shape[2]).numpy()
        mask = answer[MASK]
        whole = onto_picture(mask, picture.shape[:2], self.section)
        places = [self.folder / f"{number:04}-{file.stem}-{kind}.png" for kind in FILES]
        indexed = Image.fromarray(whole)
        indexed.putpalette(self._palette())
        indexed.save(places[0])
        Image.fromarray(self._overlay(picture, whole)).save(places[1])
        pixels = np.bincount(whole.reshape(-1), minlength=256)
        counted: Row = {f"pixels_{name}": int(pixels[index]) for index, name in enumerate(self.class_names)}
        scores = brought_back(answer[PROBABILITIES].max(axis=-1), picture.shape[:2], self.section, 0)
        counted |= self._objects.write(file, places[2], whole, scores)
        return {"file": str(file), **dict(zip(FILES, map(str, places), strict=True)), **counted}

    def finish(self) -> None:
        """Write the list of all objects."""
        self._objects.finish(self.folder)

    def _palette(self) -> list[int]:
        """Give the colours that a viewer shows for the class numbers; they stand in the file beside them."""
        colours = colours_of(self.class_names)
        colours += [VOID_COLOUR] * (256 - len(colours))
        return [value for colour in colours[:256] for value in colour]

    def _overlay(self, picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
        base = picture[..., :3] if picture.shape[-1] >= 3 else np.repeat(picture[..., :1], 3, axis=-1)
        plain = [index for index, name in enumerate(self.class_names) if name == BACKGROUND]
        coloured = ~np.isin(mask, [*plain, VOID])
        colours = np.array(self._palette(), np.uint8).reshape(256, 3)[mask]
        strength = np.full((*mask.shape, 1), STRENGTH)
        if min(mask.shape) >= OUTLINED_FROM:
            strength[outlines(mask)] = 1
        mixed = base * (1 - strength) + colours * strength
        return np.where(coloured[..., None], mixed, base).astype(np.uint8)


def outlines(mask: np.ndarray) -> np.ndarray:
    """Tell which pixels have another class above, below, left or right of them."""
    framed = np.pad(mask, 1, mode="edge")
    beside = (framed[:-2, 1:-1], framed[2:, 1:-1], framed[1:-1, :-2], framed[1:-1, 2:])
    found: np.ndarray = np.any([each != mask for each in beside], axis=0)
    return found


def onto_picture(mask: np.ndarray, size: Sequence[int], section: InputSection) -> np.ndarray:
    """Bring a network's mask back to a picture of that size, uint8: each pixel gets the class of the nearest.

    It takes back what `resize_to` did, and puts a mask smaller than the network's input into its middle. A pixel
    about which the network says nothing is void.
    """
    return brought_back(mask, size, section, VOID).astype(np.uint8)


def brought_back(values: np.ndarray, size: Sequence[int], section: InputSection, unknown: int) -> np.ndarray:
    """Give for each pixel of a picture of that size what the network says of the nearest; `unknown` where nothing."""
    place = placed(tf.constant(size[0], tf.int64), tf.constant(size[1], tf.int64), section)
    rows = _places(size[0], int(place.inner_height), int(place.top), int(place.height), values.shape[0])
    columns = _places(size[1], int(place.inner_width), int(place.left), int(place.width), values.shape[1])
    known = (rows >= 0)[:, None] & (columns >= 0)
    return np.where(known, values[np.maximum(rows, 0)[:, None], np.maximum(columns, 0)], unknown)


def _places(own: int, inner: int, start: int, whole: int, answered: int) -> np.ndarray:
    """Give for each pixel of a side its place in the mask, −1 where there is none."""
    places = (2 * np.arange(own) + 1) * inner // (2 * own) + start - (whole - answered) // 2
    return np.where((places >= 0) & (places < answered), places, -1)
