"""The features of a data set of TFDS that a task wants, and the examples that they become."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from cnnkeras.datasets.boxes.formats import corner_columns, is_relative
from cnnkeras.datasets.masks.files import codes_of, to_classes
from cnnkeras.datasets.masks.values import UNKNOWN, meaning_of
from cnnkeras.datasets.source import SourceProblem
from cnnkeras.errors import suggest

Example = dict[str, Any]
# What marks the box of a crowd, where the data set has it.
CROWD = "is_crowd"


@dataclass(frozen=True)
class Labels:
    """The classes' names, the pictures that are decoded, and what makes our example of TFDS's."""

    class_names: tuple[str, ...]
    decoded: frozenset[str]
    example: Callable[[Example], dict[str, tf.Tensor]]


def class_labels(features: Any, image: str, label: str, num_classes: int | None) -> Labels:
    """Find one class a picture. Raises SourceProblem where the features are no picture and no class."""
    check_picture(features, image)
    names = _classes(_feature(features, label, "label"), label, num_classes, features)
    return Labels(
        names,
        frozenset({image}),
        lambda example: {"image": example[image], "label": tf.cast(example[label], tf.int64)},
    )


def mask_labels(features: Any, image: str, mask: str, classes: Any, void: Any, num_classes: int | None) -> Labels:
    """Find a mask a picture. Raises SourceProblem where the features are no picture, or what the mask means is open.

    Reading fails at a mask of another size than its picture, and at a value that is no class.
    """
    check_picture(features, image)
    feature = _feature(features, mask, "mask")
    if not isinstance(feature, tfds.features.Image):
        raise SourceProblem(("mask",), f'the feature "{mask}" is no mask, but {feature}', _pictures(features, image))
    named = tuple(feature.names) if isinstance(feature, tfds.features.LabeledImage) and feature.names else None
    if classes is None and named is None and num_classes is None:
        message = f'the feature "{mask}" does not say what its numbers mean'
        raise SourceProblem((), message, 'add "classes", the names with their numbers: {"pet": 1, "background": 2}')
    meaning = meaning_of(classes if classes is not None else named, void, num_classes, ())

    def example(given: Example) -> dict[str, tf.Tensor]:
        codes = codes_of(tf.cast(given[mask], tf.int32), meaning.colours)
        label = to_classes(codes, meaning.classes, UNKNOWN)
        with tf.control_dependencies(_mask_checks(given[image], codes, label)):
            return {"image": given[image], "label": tf.identity(label)}

    return Labels(meaning.names, frozenset({image, mask}), example)


def _mask_checks(image: tf.Tensor, codes: tf.Tensor, label: tf.Tensor) -> list[tf.Operation]:
    strange = tf.boolean_mask(codes, label == UNKNOWN)[:1]
    said = tf.strings.reduce_join(tf.strings.as_string(strange))
    said = tf.strings.join(["a mask has the value ", said, ", which is no class: name it in classes or void"])
    sides = [tf.strings.as_string(tf.shape(each)[side]) for each in (codes, image) for side in (1, 0)]
    sizes = tf.strings.join(["a mask is ", sides[0], "×", sides[1], ", and its picture ", sides[2], "×", sides[3]])
    return [
        tf.debugging.Assert(tf.size(strange) == 0, [said]),
        tf.debugging.Assert(tf.reduce_all(tf.shape(codes) == tf.shape(image)[:2]), [sizes]),
    ]


def box_labels(features: Any, image: str, boxes: str, label: str) -> Labels:
    """Find the boxes of a picture: a sequence with a box and a class each.

    Raises SourceProblem where the features are no picture and no such sequence.
    """
    check_picture(features, image)
    sequence = _feature(features, boxes, "boxes")
    inner = getattr(sequence, "feature", None)
    members: Mapping[str, Any] = inner if isinstance(inner, tfds.features.FeaturesDict) else {}
    found = [name for name, feature in members.items() if isinstance(feature, tfds.features.BBoxFeature)]
    if not found:
        there = [name for name, feature in features.items() if isinstance(feature, tfds.features.Sequence)]
        message = f'the feature "{boxes}" is no sequence of boxes, but {" ".join(str(sequence).split())}'
        raise SourceProblem(("boxes",), message, _choose(sorted(there)))
    if label not in members:
        raise SourceProblem(("label",), f'the boxes in "{boxes}" have no feature "{label}"', suggest(label, members))
    names = _classes(members[label], f"{boxes}/{label}", None, members)
    box_format = _box_format(members[found[0]])

    def example(given: Example) -> dict[str, tf.Tensor]:
        inside = given[boxes]
        corners = tf.stack(corner_columns(box_format)(*tf.unstack(inside[found[0]], axis=-1)), axis=-1)
        if is_relative(box_format):
            height, width = tf.unstack(tf.cast(tf.shape(given[image])[:2], tf.float32))
            corners *= tf.stack([width, height, width, height])
        # A box without area can't be learned; how many there are is said when the data is opened.
        kept = tf.reduce_all(corners[:, 2:] > corners[:, :2], axis=-1)
        crowd = inside.get(CROWD, tf.zeros_like(inside[label]))
        return {
            "image": given[image],
            "boxes": tf.ensure_shape(corners[kept], (None, 4)),
            "classes": tf.cast(inside[label], tf.int64)[kept],
            "crowd": tf.cast(crowd, tf.int64)[kept],
        }

    return Labels(names, frozenset({image}), example)


def empty_boxes(examples: tf.data.Dataset, features: Any, boxes: str) -> list[str]:
    """Give which boxes have no area: `"17, box 2"` for the second of the example 17."""
    members = features[boxes].feature
    name = next(name for name, feature in members.items() if isinstance(feature, tfds.features.BBoxFeature))
    columns = corner_columns(_box_format(members[name]))
    found = []
    for index, given in enumerate(examples.map(lambda example: example[boxes][name]).as_numpy_iterator()):
        left, top, right, bottom = columns(*np.moveaxis(given, -1, 0))
        found += [f"{index}, box {place + 1}" for place in np.flatnonzero((right <= left) | (bottom <= top)).tolist()]
    return found


def _box_format(feature: Any) -> str:
    """Give Keras's name of how the boxes are written; TFDS's own way is shares, the top first."""
    known = getattr(feature, "bbox_format", None)
    return str(known.value if known is not None else "REL_YXYX").lower()


def check_picture(features: Any, image: str) -> None:
    """Raise SourceProblem where a feature is no picture of 8 bits."""
    feature = _feature(features, image, "image")
    if not isinstance(feature, tfds.features.Image) or feature.np_dtype != np.uint8:
        message = f'the feature "{image}" is no picture of 8 bits, but {feature}'
        raise SourceProblem(("image",), message, _pictures(features))


def _feature(features: Any, name: str, field: str) -> Any:
    if name not in features:
        raise SourceProblem((field,), f'the data set has no feature "{name}"', suggest(name, features))
    return features[name]


def _classes(feature: Any, label: str, num_classes: int | None, features: Mapping[str, Any]) -> tuple[str, ...]:
    if isinstance(feature, tfds.features.ClassLabel):
        return tuple(feature.names)
    if feature.shape == () and np.issubdtype(feature.np_dtype, np.integer):
        if num_classes is None:
            message = f'the feature "{label}" does not say how many classes there are'
            raise SourceProblem((), message, 'add "num_classes"')
        return tuple(str(number) for number in range(num_classes))
    there = [name for name, each in features.items() if isinstance(each, tfds.features.ClassLabel)]
    raise SourceProblem(("label",), f'the feature "{label}" is no class, but {feature}', _choose(sorted(there)))


def _pictures(features: Any, other: str = "") -> str:
    # TFDS keeps the features of a prepared data set in no fixed order.
    there = (name for name, feature in features.items() if isinstance(feature, tfds.features.Image) and name != other)
    return _choose(sorted(there))


def _choose(names: list[str]) -> str:
    return f"choose one of {', '.join(f'{chr(34)}{name}{chr(34)}' for name in names)}" if names else _NONE


_NONE = "the data set has none"
