"""What is said where examples can't be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from cnnkeras.datasets.source import Part
from cnnkeras.errors import RunError

PREPARE_AGAIN = "prepare the data again"


@contextmanager
def reading(part: Part) -> Iterator[None]:
    """Turn what TensorFlow raises while examples are read into a RunError that names the part."""
    try:
        yield
    except tf.errors.OpError as error:
        reason = str(error.message).splitlines()[0][:300]
        raise RunError(f"{part.name}: the data can't be read: {reason}", PREPARE_AGAIN) from error


def wrong_count(part: Part, came: str) -> RunError:
    """Make the error for a part with another number of examples than announced."""
    return RunError(f"{part.name}: {part.size:,} examples were announced, and {came} came", PREPARE_AGAIN)
