"""The parts of a data set of TFDS: which examples each has, and their pictures and labels."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from cnnkeras.datasets.source import PARTS, Data, Part, SourceProblem
from cnnkeras.errors import suggest

# The name of a split, its first example and the one after its last.
Range = tuple[str, int, int]


def load_parts(builder: Any, given: dict[str, str], image: str, label: str, num_classes: int | None) -> Data:
    """Give the data. `given` holds the file's split expressions by part; `image` and `label` name the features.

    Raises SourceProblem for a split or a feature that there is not, and for parts that share examples with train.
    """
    class_names = _class_names(builder.info.features, image, label, num_classes)
    expressions = default_splits(set(builder.info.splits)) | given
    lacking = [part for part in PARTS if part not in expressions]
    if lacking:
        has = ", ".join(f'"{name}"' for name in builder.info.splits)
        message = f"the data set has no split for {' and '.join(lacking)}; it has {has}"
        raise SourceProblem(
            ("split",),
            message,
            f'give "split" with {", ".join(PARTS)}, as in "{next(iter(builder.info.splits))}[:80%]"',
        )
    ranges = {part: _ranges(builder.info.splits, part, expressions[part]) for part in PARTS}
    for part in ("validation", "test"):
        _check_apart(ranges, expressions, part)
    sizes = {part: builder.info.splits[expressions[part]].num_examples for part in PARTS}
    make = _examples(builder, image, label)
    parts = {part: Part(part, sizes[part], make(expressions[part]), len(class_names)) for part in PARTS}
    return Data(parts, class_names)


def default_splits(names: set[str]) -> dict[str, str]:
    """Choose the parts from the splits that a data set has; what it lacks is held out of train, the same every time.

    Without a "test" split, "validation" is the test, as the field does with ImageNet.
    """
    if "train" not in names:
        return {}
    if {"validation", "test"} <= names:
        return {part: part for part in PARTS}
    tested = next((name for name in ("test", "validation") if name in names), None)
    if tested:
        return {"train": "train[:90%]", "validation": "train[90%:]", "test": tested}
    return {"train": "train[:80%]", "validation": "train[80%:90%]", "test": "train[90%:]"}


def _ranges(splits: Any, part: str, expression: str) -> list[Range]:
    """Give which examples an expression means."""
    for name in re.findall(r"(?:^|\+)\s*([\w.-]+)", expression):
        if name not in splits:
            raise SourceProblem(("split", part), f'the data set has no split "{name}"', suggest(name, splits))
    try:
        # Reading its size finds slices that lie outside the split.
        splits[expression]
        instructions = tfds.core.ReadInstruction.from_spec(expression).to_absolute(splits)
    except (ValueError, KeyError, NotImplementedError) as error:
        reason = " ".join(str(error).splitlines()[-1:])
        hint = f'write it as in "{next(iter(splits))}[:90%]"'
        raise SourceProblem(("split", part), f'"{expression}" names no examples: {reason}', hint) from error
    return [
        (item.splitname, item.from_ or 0, splits[item.splitname].num_examples if item.to is None else item.to)
        for item in instructions
    ]


def _check_apart(ranges: dict[str, list[Range]], expressions: dict[str, str], part: str) -> None:
    """Raise SourceProblem where a part asks for examples that are trained on."""
    shared = sum(
        max(0, min(end, other_end) - max(start, other_start))
        for split, start, end in ranges["train"]
        for other, other_start, other_end in ranges[part]
        if split == other
    )
    if shared:
        message = f'train, "{expressions["train"]}", and {part}, "{expressions[part]}", share {shared:,} examples'
        raise SourceProblem(("split", "train"), message, 'keep them apart, as in "train[:90%]" and "train[90%:]"')


def _class_names(features: Any, image: str, label: str, num_classes: int | None) -> tuple[str, ...]:
    """Check that the features are one uint8 picture and one class, and give the classes' names."""
    for field, name in (("image", image), ("label", label)):
        if name not in features:
            raise SourceProblem((field,), f'the data set has no feature "{name}"', suggest(name, features))
    if not isinstance(features[image], tfds.features.Image) or features[image].np_dtype != np.uint8:
        hint = _named(features, tfds.features.Image)
        raise SourceProblem(("image",), f'the feature "{image}" is no picture of 8 bits, but {features[image]}', hint)
    feature = features[label]
    if isinstance(feature, tfds.features.ClassLabel):
        return tuple(feature.names)
    if feature.shape == () and np.issubdtype(feature.np_dtype, np.integer):
        if num_classes is None:
            message = f'the feature "{label}" does not say how many classes there are'
            raise SourceProblem((), message, 'add "num_classes"')
        return tuple(str(number) for number in range(num_classes))
    hint = _named(features, tfds.features.ClassLabel)
    raise SourceProblem(("label",), f'the feature "{label}" is no class, but {feature}', hint)


def _named(features: Any, kind: type) -> str:
    # TFDS keeps the features of a prepared data set in no fixed order.
    names = sorted(f'"{name}"' for name, feature in features.items() if isinstance(feature, kind))
    return f"choose one of {', '.join(names)}" if names else "the data set has none"


def _examples(builder: Any, image: str, label: str) -> Any:
    pictures = [name for name, feature in builder.info.features.items() if isinstance(feature, tfds.features.Image)]
    # Decoding is what costs: a mask beside the picture stays as it is.
    decoders = {name: tfds.decode.SkipDecoding() for name in pictures if name != image} or None

    def make(expression: str) -> Any:
        def examples() -> tf.data.Dataset:
            # Our own cache keeps the pictures as the network takes them; TFDS's would keep them twice.
            reading = tfds.ReadConfig(try_autocache=False)
            read = builder.as_dataset(split=expression, decoders=decoders, read_config=reading, shuffle_files=False)
            return read.map(lambda example: {"image": example[image], "label": tf.cast(example[label], tf.int64)})

        return examples

    return make
