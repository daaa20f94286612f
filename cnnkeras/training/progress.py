"""The live display of a training, on standard error; where that is no terminal, a line now and then."""

# ruff: noqa: ARG002 - Keras tells its callbacks more than they ask for

from __future__ import annotations

import time
from collections.abc import Mapping
from types import TracebackType

import keras
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

# Seconds between two movements of the bar: a terminal is slower than a small network's steps.
BETWEEN_UPDATES = 0.1
# Seconds between two lines in a log, so that hundreds of short epochs don't fill it. The last one always has one.
BETWEEN_LINES = 10
# Keras's ReduceLROnPlateau puts the learning rate among the figures.
_NOT_SHOWN = ("learning_rate",)


class TimeLeft(ProgressColumn):
    """The time left for the whole training, from the epochs done and the steps of this one."""

    def render(self, task: Task) -> Text:
        """Give hours, minutes and seconds."""
        seconds = task.fields.get("left")
        return Text("left " + ("-:--:--" if seconds is None else clock(seconds)), style="cyan")


def clock(seconds: float) -> str:
    """Write a time as 1:02:03."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


class Display(keras.callbacks.Callback):  # type: ignore[misc]  # Keras carries no types
    """A bar with the running epoch's figures, and a line for every epoch that is done.

    `done` epochs were done before, in the run that is resumed.
    """

    def __init__(self, epochs: int, steps: int, batch_size: int, done: int = 0, console: Console | None = None) -> None:
        super().__init__()
        self._console = console or Console(stderr=True)
        self._epochs, self._steps, self._batch_size, self._first = epochs, steps, batch_size, done
        # Cut where the terminal is narrow: a bar that wraps is drawn anew below itself.
        figures = TextColumn("{task.fields[figures]}", table_column=Column(no_wrap=True, overflow="ellipsis", ratio=1))
        columns = (TextColumn("{task.description}"), BarColumn(bar_width=12), TimeLeft(), figures)
        self._progress = Progress(*columns, console=self._console, transient=True, expand=True)
        self._task = self._progress.add_task("starting", total=steps, figures="", left=None)
        self._epoch = done
        self._began = self._epoch_began = self._shown = self._lined = time.monotonic()
        # The line of the last epoch, as long as it is not in the log.
        self._line: str | None = None

    def __enter__(self) -> Display:
        if self._console.is_terminal:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._console.is_terminal:
            self._progress.stop()
        self._print_line()

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Start the clock."""
        self._began = self._lined = time.monotonic()

    def on_epoch_begin(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Begin a new bar."""
        self._epoch, self._epoch_began = epoch, time.monotonic()
        self._progress.update(self._task, completed=0, figures="", description=f"epoch {epoch + 1}/{self._epochs}")

    def on_train_batch_end(self, batch: int, logs: Mapping[str, float] | None = None) -> None:
        """Move the bar. `batch` is the number of the last step that was run, from 0."""
        now = time.monotonic()
        if not self._console.is_terminal or now - self._shown < BETWEEN_UPDATES:
            return
        self._shown = now
        steps = batch + 1
        speed = steps * self._batch_size / max(now - self._epoch_began, 1e-9)
        figures = f"{speed:,.0f} images/s  {show_figures(logs or {})}"
        self._progress.update(self._task, completed=steps, figures=figures, left=self._left(steps, now))

    def on_epoch_end(self, epoch: int, logs: Mapping[str, float] | None = None) -> None:
        """Leave a line."""
        now = time.monotonic()
        number = f"{epoch + 1:{len(str(self._epochs))}}/{self._epochs}"
        self._line = f"epoch {number}  {now - self._epoch_began:.1f} s  {show_figures(logs or {})}"
        if self._console.is_terminal or now - self._lined >= BETWEEN_LINES:
            self._lined = now
            self._print_line()

    def _print_line(self) -> None:
        if self._line is not None:
            # Whole, however narrow the terminal is: the figures of the validation come last.
            self._progress.console.print(self._line, soft_wrap=True)
        self._line = None

    def _left(self, steps: int, now: float) -> float:
        """Give the seconds left, if every epoch takes as long as those so far."""
        done = self._epoch - self._first + steps / self._steps
        return (now - self._began) / done * (self._epochs - self._first - done)


def show_figures(logs: Mapping[str, float]) -> str:
    """Write figures in one line: `loss 0.1234  accuracy 0.9876`."""
    return "  ".join(f"{name} {value:.4f}" for name, value in logs.items() if name not in _NOT_SHOWN)
