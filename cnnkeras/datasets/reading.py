"""What is said where examples can't be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from cnnkeras.datasets.source import Part, SourceProblem
from cnnkeras.errors import RunError, first_line, printable
from cnnkeras.spec.data import VOID
from cnnkeras.spec.label import Label

PREPARE_AGAIN = "prepare the data again"
# What stands for no class: in a mask the pixels that count nowhere, among boxes the rows that are none.
NOT_COUNTED: dict[Label, int] = {"mask": VOID, "boxes": -1}


class Unreadable(RunError):
    """Examples that can't be read, each of them known."""

    def __init__(self, problem: SourceProblem) -> None:
        lines = [f"data: {problem.message}", *(f"     = {note}" for note in problem.notes)]
        super().__init__("\n".join(map(printable, lines)), problem.hint)
        self.problem = problem


@contextmanager
def reading(part: Part) -> Iterator[None]:
    """Turn what TensorFlow raises while examples are read into a RunError that names part or files."""
    try:
        yield
    except tf.errors.OpError as error:
        refuse_unreadable(part, error)
        raise _unreadable(part.name, error) from error


@contextmanager
def streaming(name: str) -> Iterator[None]:
    """Do the same around what computes with examples that may be read meanwhile; `name` is that of their parts.

    Errors that come from the computation itself are let through.
    """
    try:
        yield
    except tf.errors.OpError as error:
        if not isinstance(error, tf.errors.DataLossError) and not _FROM_AN_ITERATOR.search(str(error.message)):
            raise
        raise _unreadable(name, error) from error


def checked_labels(part: Part, labels: tf.Tensor, kind: Label) -> tf.Tensor:
    """Give the labels of a part that is read anew every epoch; reading fails at the first that is no class."""
    if part.num_classes is None:
        return labels
    numbers = tf.cast(labels[..., 4] if kind == "boxes" else labels, tf.int64)
    outside = (numbers < 0) | (numbers >= part.num_classes)
    wrong = tf.boolean_mask(numbers, outside & (numbers != NOT_COUNTED[kind]) if kind in NOT_COUNTED else outside)
    said = tf.strings.reduce_join(tf.strings.as_string(wrong[:1]))
    said = tf.strings.join(["an example has the label ", said, f", and the classes are 0 to {part.num_classes - 1}"])
    with tf.control_dependencies([tf.debugging.Assert(tf.size(wrong) == 0, [said])]):
        return tf.identity(labels)


# An iterator, or the operation that asks it for its next batch, on one device or on several.
_FROM_AN_ITERATOR = re.compile(r"Iterator::Root|{{(function_)?node \w*IteratorGetNext")


def _unreadable(name: str, error: tf.errors.OpError) -> RunError:
    reason = first_line(error)
    # An assertion of our own says all there is to say; the rest is where in the pipeline it stands.
    _, ours, sentence = reason.partition("assertion failed: [")
    reason = sentence.removesuffix("]") if ours else reason
    return RunError(f"{name}: the data can't be read: {reason}", PREPARE_AGAIN)


def refuse_unreadable(part: Part, error: Exception | None = None) -> None:
    """Raise Unreadable where the part knows examples that can't be read."""
    problem = part.find_problem() if part.find_problem else None
    if problem is not None:
        raise Unreadable(problem) from error


def wrong_count(part: Part, came: str) -> RunError:
    """Make the error for a part with another number of examples than announced."""
    return RunError(f"{part.name}: {part.size:,} examples were announced, and {came} came", PREPARE_AGAIN)
