"""What workers that train together have to agree upon: each does the same at the same step, or all hang."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tensorflow as tf

from cnnkeras.errors import RunError, first_line

# Turns, a step each, from one question to the next: a question costs about as much as a small network's step.
EVERY = 10


# What an operation that waits for another worker ends with when that one is gone.
LOST_WORKER = (tf.errors.UnavailableError, tf.errors.AbortedError, tf.errors.CancelledError)


@contextmanager
def all_there() -> Iterator[None]:
    """Say in a sentence that another worker is gone, before the training, which has its own. Raises RunError."""
    try:
        yield
    except LOST_WORKER as error:
        message = f"{who_is_gone(error)} ended before the training began"
        raise RunError(message, "see what it said, then start all workers again") from error


def who_is_gone(error: Exception) -> str:
    """Name the workers that an error of TensorFlow's tells of, with their addresses."""
    config = json.loads(os.environ.get("TF_CONFIG") or "{}")
    addresses, own = config.get("cluster", {}).get("worker", []), config.get("task", {}).get("index")
    found = {int(number) for number in re.findall(r"/job:worker/(?:replica:\d+/)?task:(\d+)", str(error))} - {own}
    named = [f"worker {number} ({addresses[number]})" for number in sorted(found) if number < len(addresses)]
    return " or ".join(named) or f"another worker ({first_line(error)})"


class Agreement(Protocol):
    """How a decision is made."""

    def any(self, flag: bool, turn: int) -> bool:
        """Tell whether any worker wants it. All must ask, and count their turns alike, from one epoch to the next."""

    def figures(self, figures: dict[str, float]) -> dict[str, float]:
        """Give the chief's figures to all, by which all decide."""

    def share(self, folder: Path) -> None:
        """Let every worker's folder hold the files of the chief's."""


class Alone:
    """A process that asks nobody."""

    def any(self, flag: bool, turn: int) -> bool:  # noqa: ARG002  # it may be asked at any time
        """Give its own answer."""
        return flag

    def figures(self, figures: dict[str, float]) -> dict[str, float]:
        """Give its own figures."""
        return figures

    def share(self, folder: Path) -> None:
        """Leave it: it is the chief's own."""


class Group:
    """The workers of a MultiWorkerMirroredStrategy."""

    def __init__(self, strategy: Any) -> None:
        self._strategy = strategy

    def any(self, flag: bool, turn: int) -> bool:
        """Tell whether any worker wants it; False between the questions."""
        if turn % EVERY != EVERY - 1:
            return False
        return bool(self._sum(np.array([flag], np.int32))[0])

    def figures(self, figures: dict[str, float]) -> dict[str, float]:
        """Give the chief's figures: where one worker's differ in the last digit, it alone might stop early."""
        content = json.dumps({name: float(value) for name, value in figures.items()})
        return dict(json.loads(self._send(content.encode())))

    def differences(self, own: Mapping[str, str]) -> dict[int, list[str]]:
        """Give the names of what differs from the chief, by the worker's number.

        What the chief lacks has a name for the worker that has it alone. Raises RunError where another one has ended.
        """
        with all_there():
            chief: dict[str, str] = json.loads(self._send(json.dumps(dict(own)).encode()))
            resolver, more = self._strategy.cluster_resolver, sorted(own.keys() - chief.keys())
            flags = np.zeros((len(resolver.cluster_spec().as_dict()["worker"]), len(chief) + 1), np.int32)
            flags[resolver.task_id] = [*(own.get(name) != chief[name] for name in chief), bool(more)]
            found = (self._sum(flags) > 0).tolist()
        return {
            worker: [name for name, differs in zip(chief, row, strict=False) if differs]
            + ((more if worker == resolver.task_id else ["something that the chief has not"]) if row[-1] else [])
            for worker, row in enumerate(found)
            if any(row)
        }

    def _send(self, content: bytes) -> bytes:
        """Give the chief's content to every worker, to the bit; what the others bring is left out."""
        (size,) = self._sum(np.array([len(content)], np.int32), only_first=True)
        if not size:  # an empty collective ends the process
            return b""
        padded = np.zeros(-(-int(size) // 4) * 4, np.uint8)
        padded[: min(len(content), len(padded))] = np.frombuffer(content, np.uint8)[: len(padded)]
        # Whole numbers: a sum with zeros leaves each as it is, which it does not for -0.0.
        return self._sum(padded.view(np.int32), only_first=True).tobytes()[: int(size)]

    def share(self, folder: Path) -> None:
        """Send every worker the files of the chief's folder. Raises RunError where another one has ended."""
        with all_there():
            names = self._send("\n".join(sorted(file.name for file in folder.iterdir())).encode()).decode()
            for name in filter(None, names.split("\n")):
                file = folder / name
                content = file.read_bytes() if file.exists() else b""
                sent = self._send(content)
                if sent != content:
                    file.write_bytes(sent)

    def _sum(self, value: np.ndarray, only_first: bool = False) -> np.ndarray:
        """Add the workers' values up; with `only_first` the chief's alone."""

        def own(context: Any) -> tf.Tensor:
            counts = context.replica_id_in_sync_group == 0 or not only_first
            return tf.constant(value if counts else np.zeros_like(value))

        spread = self._strategy.experimental_distribute_values_from_function(own)
        return np.asarray(self._strategy.reduce(tf.distribute.ReduceOp.SUM, spread, axis=None))
