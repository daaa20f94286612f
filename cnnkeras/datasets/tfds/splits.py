"""Which examples of a data set of TFDS each part has."""

from __future__ import annotations

import re
from typing import Any

import tensorflow_datasets as tfds

from cnnkeras.datasets.source import PARTS, SourceProblem
from cnnkeras.errors import suggest

# The name of a split, its first example and the one after its last.
Range = tuple[str, int, int]


def split_expressions(builder: Any, given: dict[str, str]) -> dict[str, str]:
    """Give the split expression of each part: the file's, else a choice.

    Raises SourceProblem for a split that there is not, and for parts that share examples with train.
    """
    expressions = default_splits(set(builder.info.splits)) | given
    lacking = [part for part in PARTS if part not in expressions]
    if lacking:
        has = ", ".join(f'"{name}"' for name in builder.info.splits)
        message = f"the data set has no split for {' and '.join(lacking)}; it has {has}"
        hint = f'give "split" with {", ".join(PARTS)}, as in "{next(iter(builder.info.splits))}[:80%]"'
        raise SourceProblem(("split",), message, hint)
    ranges = {part: _ranges(builder.info.splits, part, expressions[part]) for part in PARTS}
    for part in ("validation", "test"):
        _check_apart(ranges, expressions, part)
    return {part: expressions[part] for part in PARTS}


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
