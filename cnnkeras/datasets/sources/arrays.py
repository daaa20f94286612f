"""Pictures and labels as NumPy arrays in one file: `{"source": "arrays", "path": "pictures.npz"}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from cnnkeras.datasets.pictures.arrays import class_labels, open_arrays, read_array, to_pictures
from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.naming import ByPart, Name, by_part
from cnnkeras.datasets.pictures.parts import check_classes, lacking_shares
from cnnkeras.datasets.pictures.splitting import Shares, split
from cnnkeras.datasets.source import PARTS, Data, Part, Source, SourceProblem
from cnnkeras.errors import suggest
from cnnkeras.layers.fields import Natural

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf


class Arrays(Source):
    """A .npz file, as `numpy.savez` writes it.

    `path` counts from the current directory. `image` and `label` name the arrays, one each for all pictures, or one
    for each part: `{"train": "x_train", "test": "x_test"}`. Pictures are `(count, height, width)` or
    `(count, height, width, channels)`, whole numbers from 0 to 255; labels are whole numbers from 0, or words.
    """

    source: Literal["arrays"]
    path: str
    image: Name | ByPart = "images"
    label: Name | ByPart = "labels"
    split: Shares = Shares()
    seed: Natural = 0

    def class_names(self) -> tuple[str, ...] | None:
        """Give the classes that the labels name; the pictures are not read."""
        try:
            with open_arrays(self.path) as arrays:
                return class_labels([arrays[name] for name in by_part(self.label).values()])
        except (ValueError, KeyError):  # `load` says what is wrong
            return None

    def load(self) -> Data:
        """Read the arrays."""
        images, labels = by_part(self.image), by_part(self.label)
        if images.keys() != labels.keys():
            message = f'"image" has arrays for {" and ".join(images)}, and "label" for {" and ".join(labels)}'
            raise SourceProblem(("label",), message, "name an array for the same parts in both")
        with open_arrays(self.path) as arrays:
            found = {part: self._read(arrays, part, images[part], labels[part]) for part in images}
        try:
            names = class_labels([labels for _, labels in found.values()])
        except ValueError as error:
            raise SourceProblem(("label",), f"the labels {error}", _LABELS) from error
        numbers = {name: index for index, name in enumerate(names)}
        coded = {part: (pictures, [numbers[str(each)] for each in some]) for part, (pictures, some) in found.items()}
        return self._data(coded, names)

    def _read(
        self, arrays: Mapping[str, np.ndarray], part: str, image: str, label: str
    ) -> tuple[np.ndarray, np.ndarray]:
        for field, name in (("image", image), ("label", label)):
            if name not in arrays:
                keys = (field,) if isinstance(getattr(self, field), str) else (field, part)
                raise SourceProblem(keys, f'the file has no array "{name}"', suggest(name, arrays))
        given = [read_array(arrays, name, field) for field, name in (("image", image), ("label", label))]
        try:
            pictures = to_pictures(given[0])
        except ValueError as error:
            raise SourceProblem(("image",), f'"{image}" {error}', _IMAGES) from error
        labels = given[1]
        if labels.shape not in {(len(pictures),), (len(pictures), 1)}:
            shape = "×".join(map(str, labels.shape))
            message = f'"{label}" is {shape}, and "{image}" has {len(pictures):,} pictures'
            raise SourceProblem(
                ("label",), message, "give each picture one label; numpy.argmax makes one of a row of 0 and 1"
            )
        return pictures, labels.reshape(-1)

    def _data(self, found: Mapping[str, tuple[np.ndarray, list[int]]], names: tuple[str, ...]) -> Data:
        shares = lacking_shares(found, self.split if "split" in self.model_fields_set else None)
        classes: dict[int, list[str]] = {}
        for place, label in enumerate(found["train"][1]):
            classes.setdefault(label, []).append(str(place))
        chosen = {part: sorted(map(int, places)) for part, places in split(classes, shares, self.seed).items()}
        parts = {}
        for part in PARTS:
            pictures, labels = found["train"] if part in chosen else found[part]
            parts[part] = (pictures, labels, chosen.get(part, range(len(labels))))
        findings = Findings()
        labels_by_part = {part: [labels[place] for place in places] for part, (_, labels, places) in parts.items()}
        check_classes(labels_by_part, names, findings)
        made = {part: _part(part, *given, len(names)) for part, given in parts.items()}
        return Data(made, names, tuple(findings.notes(0)), tuple(findings.problems))


_IMAGES = "save pictures as whole numbers from 0 to 255: numpy.uint8, (count, height, width, channels)"
_LABELS = "save labels as whole numbers from 0, or as words (not as Python objects)"


def _part(name: str, pictures: np.ndarray, labels: list[int], places: list[int] | range, num_classes: int) -> Part:
    import numpy as np

    chosen = np.asarray(places, np.int64)
    numbers = np.asarray(labels, np.int64)[chosen]
    images = pictures if isinstance(places, range) else pictures[chosen]

    def examples() -> tf.data.Dataset:
        import tensorflow as tf

        return tf.data.Dataset.from_tensor_slices({"image": images, "label": numbers})

    return Part(name, len(numbers), examples, num_classes)
