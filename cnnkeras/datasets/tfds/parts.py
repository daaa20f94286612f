"""The parts of a data set of TFDS, with the labels of a task."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import tensorflow as tf
import tensorflow_datasets as tfds

from cnnkeras.datasets.source import Data, Part
from cnnkeras.datasets.tfds.features import Labels


def load_parts(builder: Any, expressions: dict[str, str], labels: Labels) -> Data:
    """Give the data: the split expression of each part, and what its examples become."""
    parts = {}
    for part, expression in expressions.items():
        size = builder.info.splits[expression].num_examples
        parts[part] = Part(part, size, _examples(builder, expression, labels), len(labels.class_names))
    return Data(parts, labels.class_names)


def read(builder: Any, expression: str, decoded: frozenset[str]) -> tf.data.Dataset:
    """Give the examples as TFDS has them, of the pictures in them only those decoded that are wanted."""
    features = builder.info.features
    pictures = [name for name, feature in features.items() if isinstance(feature, tfds.features.Image)]
    # Decoding is what costs: a picture that is not asked for stays as it is.
    decoders = {name: tfds.decode.SkipDecoding() for name in pictures if name not in decoded} or None
    # Our own cache keeps the pictures as the network takes them; TFDS's would keep them twice.
    reading = tfds.ReadConfig(try_autocache=False)
    return builder.as_dataset(split=expression, decoders=decoders, read_config=reading, shuffle_files=False)


def _examples(builder: Any, expression: str, labels: Labels) -> Callable[[], tf.data.Dataset]:
    def examples() -> tf.data.Dataset:
        data = read(builder, expression, labels.decoded)
        return data.map(labels.example, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True)

    return examples
