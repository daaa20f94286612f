"""TensorBoard's event files: one place where they are written, one folder a part of the data."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import tensorflow as tf
from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader
from tensorboard.plugins.histogram.summary_v2 import histogram_pb
from tensorboard.plugins.hparams.summary import session_start_pb
from tensorboard.plugins.image.metadata import create_summary_metadata

from cnnkeras.errors import first_line

# TensorBoard draws what has one tag and stands in several folders as lines of one chart.
TRAIN, VALIDATION, TEST = "train", "validation", "test"
# The run as a whole, above its parts.
WHOLE = ""


_NUMBERS = {tf.errors.ResourceExhaustedError: errno.ENOSPC, tf.errors.PermissionDeniedError: errno.EACCES}


@contextmanager
def _on_disk() -> Iterator[None]:
    """Give what TensorFlow says of a disk that is full or can't be written as Python does; some ends wait for that."""
    try:
        yield
    except tf.errors.OpError as error:
        number = _NUMBERS.get(type(error))
        reason = os.strerror(number) if number else first_line(error)
        raise OSError(number or errno.EIO, reason) from error


class Events:
    """Writes to `directory/<part>/`, a part's file beginning with its first event. Steps are epochs, from one.

    Its methods raise OSError where the files can't be written.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Close the files."""
        self.close()

    def scalars(self, part: str, values: Mapping[str, float], step: int) -> None:
        """Write numbers, each a point of its own chart."""
        with _on_disk(), self._writer(part).as_default(step):
            for name, value in values.items():
                tf.summary.scalar(name, value)

    def last_step(self, part: str) -> int:
        """Give the last step of which a part has scalars, from whatever process they are; 0 where there are none."""
        files = sorted((self._directory / part).glob("*tfevents*"))
        events = (event for file in files for event in LegacyEventFileLoader(str(file)).Load())
        return max((event.step for event in events if any(map(_is_scalar, event.summary.value))), default=0)

    def histogram(self, part: str, name: str, values: np.ndarray, step: int) -> None:
        """Write how numbers are distributed. Counted by NumPy: TensorFlow's own operation takes ten times as long."""
        self._raw(part, histogram_pb(name, values), step)

    def hyperparameters(self, values: Mapping[str, bool | float | str]) -> None:
        """Write what the HParams dashboard compares runs by; it finds the metrics in the parts' folders by itself.

        No list of all of them is written: the dashboard makes it from the runs it finds, whatever each of them has.
        """
        self._raw(WHOLE, session_start_pb(dict(values)), 0)

    def image(self, part: str, name: str, png: bytes, step: int, description: str = "") -> None:
        """Write a picture that is encoded already; the description, in Markdown, says how to read it."""
        # A PNG has its width and height, four bytes each, behind its signature and the first chunk's head.
        width, height = (int.from_bytes(png[start : start + 4], "big") for start in (16, 20))
        content = tf.constant([str(width).encode(), str(height).encode(), png])
        with _on_disk(), self._writer(part).as_default(step):
            tf.summary.write(name, content, metadata=create_summary_metadata(name, description))

    def text(self, part: str, name: str, markdown: str) -> None:
        """Write a text that holds for the whole training."""
        with _on_disk(), self._writer(part).as_default(0):
            tf.summary.text(name, markdown)

    def graph(self, part: str, graph: Any) -> None:
        """Write a graph, a TensorFlow GraphDef."""
        with _on_disk(), self._writer(part).as_default(0):
            tf.summary.graph(graph)

    def flush(self) -> None:
        """Let a TensorBoard that watches see what was written."""
        with _on_disk():
            for writer in self._writers.values():
                writer.flush()

    def close(self) -> None:
        """Close the files; what is written later begins new ones."""
        writers, self._writers = [*self._writers.values()], {}
        with _on_disk(), ExitStack() as stack:  # each, whatever another fails with
            for writer in writers:
                stack.callback(writer.close)

    def _raw(self, part: str, summary: Any, step: int) -> None:
        """Write a summary that is made already."""
        with _on_disk(), self._writer(part).as_default(step):
            tf.summary.experimental.write_raw_pb(summary.SerializeToString())

    def _writer(self, part: str) -> Any:
        if part not in self._writers:
            self._writers[part] = tf.summary.create_file_writer(str(self._directory / part))
        return self._writers[part]


def _is_scalar(value: Any) -> bool:
    return bool(value.metadata.plugin_data.plugin_name == "scalars")
