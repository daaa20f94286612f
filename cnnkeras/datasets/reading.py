"""What is said where examples can't be read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

from cnnkeras.datasets.source import Part, SourceProblem
from cnnkeras.errors import RunError, printable

PREPARE_AGAIN = "prepare the data again"


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
        reason = str(error.message).splitlines()[0][:300]
        raise RunError(f"{part.name}: the data can't be read: {reason}", PREPARE_AGAIN) from error


def refuse_unreadable(part: Part, error: Exception | None = None) -> None:
    """Raise Unreadable where the part knows examples that can't be read."""
    problem = part.find_problem() if part.find_problem else None
    if problem is not None:
        raise Unreadable(problem) from error


def wrong_count(part: Part, came: str) -> RunError:
    """Make the error for a part with another number of examples than announced."""
    return RunError(f"{part.name}: {part.size:,} examples were announced, and {came} came", PREPARE_AGAIN)
