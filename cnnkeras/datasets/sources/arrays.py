"""Pictures and labels as NumPy arrays in one file: `{"source": "arrays", "path": "pictures.npz"}`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from cnnkeras.datasets.boxes.formats import BoxFormat
from cnnkeras.datasets.masks.values import COLOUR, MaskValues
from cnnkeras.datasets.pictures.array_labels import ArrayLabels, labels_of_boxes, labels_of_classes, labels_of_masks
from cnnkeras.datasets.pictures.array_twins import apart
from cnnkeras.datasets.pictures.arrays import class_labels, element, open_arrays, read_array, to_pictures
from cnnkeras.datasets.pictures.findings import Findings
from cnnkeras.datasets.pictures.naming import ByPart, Name, by_part
from cnnkeras.datasets.pictures.parts import check_classes, lacking_shares
from cnnkeras.datasets.pictures.splitting import NO_CLASS, Shares, split, strata
from cnnkeras.datasets.source import PARTS, Data, FileSource, Part, SourceProblem
from cnnkeras.errors import suggest

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf


class Arrays(MaskValues, FileSource):
    """A .npz file, as `numpy.savez` writes it.

    `path` counts from the current directory. `image`, and as the task wants it `label`, `mask` or `boxes`, name the
    arrays, one each for all pictures, or one for each part: `{"train": "x_train", "test": "x_test"}`. Pictures are
    `(count, height, width)` or `(count, height, width, channels)`, whole numbers from 0 to 255. Labels are whole
    numbers from 0, or words. Masks are `(count, height, width)`, or colours, and `classes` and `void` say what they
    mean. Boxes are `(count, most, 4)` as `box_format` says, and their labels `(count, most)`, -1 where there is none.
    """

    tasks = ("classification", "segmentation", "detection")

    source: Literal["arrays"]
    image: Name | ByPart = "images"
    label: Name | ByPart = "labels"
    mask: Name | ByPart = "masks"
    boxes: Name | ByPart = "boxes"
    box_format: BoxFormat = "xyxy"
    split: Shares = Shares()

    def class_names(self) -> tuple[str, ...] | None:
        """Give the names in the file, else the classes that the labels name; the pictures are not read."""
        if self.classes is not None or self.task == "segmentation":
            return None if self.classes is None else tuple(self.classes)
        try:
            with open_arrays(self.path) as arrays:
                labels = [arrays[name].reshape(-1) for name in by_part(self.label).values()]
                return class_labels([each[each != NO_CLASS] for each in labels] if self.task == "detection" else labels)
        except (ValueError, KeyError, AttributeError, MemoryError):  # `load` says what is wrong
            return None

    def load(self) -> Data:
        """Read the arrays."""
        findings = Findings(self.on_problem, ("path",))
        with open_arrays(self.path) as arrays:
            pictures = {part: self._pictures(arrays, part, name) for part, name in by_part(self.image).items()}
            labels, names = self._labels(arrays, pictures, findings)
        findings.refuse(sum(map(len, pictures.values())))
        return self._data(pictures, labels, names, findings)

    def _labels(
        self, arrays: Mapping[str, np.ndarray], pictures: Mapping[str, np.ndarray], findings: Findings
    ) -> tuple[dict[str, ArrayLabels], tuple[str, ...]]:
        if self.task == "segmentation":
            masks = self._for_pictures(arrays, pictures, "mask", _is_mask, _MASKS)
            return labels_of_masks(masks, by_part(self.image), self.classes, self.void, self.num_classes, findings)
        if isinstance(self.classes, Mapping):
            message = '"classes" gives numbers or colours, and only masks have them'
            raise SourceProblem(("classes",), message, 'give an array of names, ["cat", "dog"]')
        try:
            if self.task == "detection":
                boxes = self._for_pictures(arrays, pictures, "boxes", _is_boxes, _BOXES)
                labels = self._for_pictures(arrays, boxes, "label", _is_labels_of_boxes, _BOXES)
                _refuse_infinite(boxes)
                sizes = {part: (some.shape[2], some.shape[1]) for part, some in pictures.items()}
                both = {part: (boxes[part], labels[part]) for part in boxes}
                return labels_of_boxes(both, sizes, by_part(self.image), self.classes, self.box_format, findings)
            labels = self._for_pictures(arrays, pictures, "label", _is_label, _LABEL)
            flat = {part: some.reshape(-1) for part, some in labels.items()}
            return labels_of_classes(flat, self.classes, findings.wanted("class_not_trained") == "error")
        except SourceProblem:
            raise
        except ValueError as error:
            raise SourceProblem(("label",), f"the labels {error}", _LABELS) from error

    def _array(self, arrays: Mapping[str, np.ndarray], part: str, name: str, field: str) -> np.ndarray:
        if name not in arrays:
            keys = (field,) if isinstance(getattr(self, field), str) else (field, part)
            raise SourceProblem(keys, f'the file has no array "{name}"', suggest(name, arrays))
        return read_array(arrays, name, field)

    def _pictures(self, arrays: Mapping[str, np.ndarray], part: str, name: str) -> np.ndarray:
        array = self._array(arrays, part, name, "image")
        try:
            return to_pictures(array)
        except ValueError as error:
            raise SourceProblem(("image",), f'"{name}" {error}', _IMAGES) from error

    def _for_pictures(
        self,
        arrays: Mapping[str, np.ndarray],
        pictures: Mapping[str, np.ndarray],
        field: str,
        fits: Callable[[np.ndarray, np.ndarray], bool],
        hint: str,
    ) -> dict[str, np.ndarray]:
        """Give the arrays that a field names, each held against that of its part's pictures."""
        names = by_part(getattr(self, field))
        images = by_part(self.image)
        if images.keys() != names.keys():
            message = f'"image" has arrays for {" and ".join(images)}, and "{field}" for {" and ".join(names)}'
            raise SourceProblem((field,), message, "name an array for the same parts in both")
        found = {}
        for part, name in names.items():
            array = self._array(arrays, part, name, field)
            if not fits(array, pictures[part]):
                shape = "×".join(map(str, array.shape))
                message = f'"{name}" is {shape}, and "{images[part]}" has {len(pictures[part]):,} pictures'
                raise SourceProblem((field,), message, hint)
            found[part] = array
        return found

    def _data(
        self,
        pictures: Mapping[str, np.ndarray],
        labels: Mapping[str, ArrayLabels],
        names: tuple[str, ...],
        findings: Findings,
    ) -> Data:
        shares = lacking_shares(pictures, self.split if "split" in self.model_fields_set else None)
        usable = list(labels["train"].classes)
        standing = strata([labels["train"].classes[place] for place in usable])
        classes: dict[int, list[str]] = {}
        for place, label in zip(usable, standing, strict=True):
            classes.setdefault(label, []).append(str(place))
        chosen = {part: sorted(map(int, places)) for part, places in split(classes, shares, self.seed).items()}
        origin = {part: "train" if part in chosen else part for part in PARTS}
        places = {part: chosen[part] if part in chosen else sorted(labels[part].classes) for part in PARTS}
        images = by_part(self.image)
        stored = {part: pictures[origin[part]] for part in PARTS}
        places = apart(places, stored, lambda part, place: element(images[origin[part]], place), findings)
        findings.refuse(sum(map(len, pictures.values())))
        found = {
            part: [number for place in places[part] for number in labels[origin[part]].classes[place]] for part in PARTS
        }
        check_classes(found, names, findings)
        made = {
            part: _part(part, stored[part], labels[origin[part]], places[part], len(names), images[origin[part]])
            for part in PARTS
        }
        total = sum(map(len, pictures.values()))
        return Data(made, names, tuple(findings.notes(total)), tuple(findings.problems))


_IMAGES = "save pictures as whole numbers from 0 to 255: numpy.uint8, (count, height, width, channels)"
_LABELS = "save labels as whole numbers from 0, or as words (not as Python objects)"
_LABEL = "give each picture one label; numpy.argmax makes one of a row of 0 and 1"
_MASKS = "save masks as whole numbers of the pictures' size: (count, height, width), or colours with 3 channels"
_BOXES = "save boxes as (count, most, 4), and their labels as whole numbers, (count, most), -1 where there is no box"


def _is_label(labels: np.ndarray, pictures: np.ndarray) -> bool:
    return labels.shape in {(len(pictures),), (len(pictures), 1)}


def _is_mask(masks: np.ndarray, pictures: np.ndarray) -> bool:
    return (
        masks.dtype.kind in "uib"
        and masks.shape[:3] == pictures.shape[:3]
        and masks.shape[3:] in {(), (1,), (3,)}
        and int(masks.min()) >= 0
        and int(masks.max()) < COLOUR
    )


def _is_boxes(boxes: np.ndarray, pictures: np.ndarray) -> bool:
    return boxes.dtype.kind in "uif" and boxes.ndim == 3 and boxes.shape[::2] == (len(pictures), 4)


def _refuse_infinite(boxes: Mapping[str, np.ndarray]) -> None:
    import numpy as np

    if not all(np.isfinite(some).all() for some in boxes.values()):
        raise SourceProblem(("boxes",), "the boxes hold numbers that are not finite", _BOXES)


def _is_labels_of_boxes(labels: np.ndarray, boxes: np.ndarray) -> bool:
    return labels.dtype.kind in "ui" and labels.shape == boxes.shape[:2]


def _part(
    name: str, pictures: np.ndarray, labels: ArrayLabels, places: Sequence[int], num_classes: int, array: str
) -> Part:
    import numpy as np

    whole = len(places) == len(pictures)
    images = pictures if whole else pictures[np.asarray(places, np.int64)]

    def examples() -> tf.data.Dataset:
        import tensorflow as tf

        data = tf.data.Dataset.zip(tf.data.Dataset.from_tensor_slices(images), labels.dataset(places))
        return data.map(lambda image, label: {"image": image, **label})

    return Part(name, len(places), examples, num_classes, names=[element(array, place) for place in places])
