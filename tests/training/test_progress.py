"""The live display."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from cnnkeras.training import progress
from cnnkeras.training.progress import Display, clock, show_figures


def run_two_epochs(terminal: bool, width: int = 120, epochs: int = 2) -> str:
    """Play a training of two epochs to the display and give what it wrote."""
    output = io.StringIO()
    console = Console(file=output, force_terminal=terminal, width=width, color_system=None)
    with Display(epochs=epochs, steps=10, batch_size=32, console=console) as display:
        display.on_train_begin()
        for epoch in range(2):
            display.on_epoch_begin(epoch)
            display.on_train_batch_end(4, {"loss": 0.5, "accuracy": 0.75})
            display._progress.refresh()
            display.on_epoch_end(epoch, {"loss": 0.25, "val_loss": 0.5, "learning_rate": 0.1})
    return output.getvalue()


def test_the_display_shows_the_epoch_the_figures_and_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user would not know whether to wait or to go home."""
    monkeypatch.setattr(progress, "BETWEEN_UPDATES", 0.0)
    text = run_two_epochs(terminal=True)
    assert "epoch 1/2" in text
    assert "images/s  loss 0.5000  accuracy 0.7500" in text
    assert "left 0:00:00" in text
    assert "epoch 2/2  0.0 s  loss 0.2500  val_loss 0.5000" in text


def test_a_log_of_a_short_training_has_its_last_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    """A log would fill with bars, or say nothing of a training of seconds, or of one that stops early."""
    monkeypatch.setattr(progress, "BETWEEN_UPDATES", 0.0)
    assert run_two_epochs(terminal=False) == "epoch 2/2  0.0 s  loss 0.2500  val_loss 0.5000\n"
    assert run_two_epochs(terminal=False, epochs=9) == "epoch 2/9  0.0 s  loss 0.2500  val_loss 0.5000\n"


def test_a_log_gets_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training of hours could not be followed in its log."""
    monkeypatch.setattr(progress, "BETWEEN_LINES", 0.0)
    assert run_two_epochs(terminal=False).splitlines()[0] == "epoch 1/2  0.0 s  loss 0.2500  val_loss 0.5000"


@pytest.mark.parametrize("terminal", [False, True], ids=["log", "terminal"])
def test_the_line_of_an_epoch_is_whole_where_it_is_longer_than_the_console(
    terminal: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The figures of the validation, which come last, would be cut off: a log counts as 80 columns wide."""
    monkeypatch.setattr(progress, "BETWEEN_LINES", 0.0)
    text = run_two_epochs(terminal=terminal, width=30)
    assert "epoch 1/2  0.0 s  loss 0.2500  val_loss 0.5000\n" in text


def test_the_time_left_counts_all_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time left would be that of the epoch, or forget that a run was resumed."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    display = Display(epochs=10, steps=10, batch_size=32, done=4, console=Console(file=io.StringIO()))
    display.on_train_begin()
    display.on_epoch_begin(5)
    assert display._left(steps=10, now=120.0) == 40.0


def test_times_and_figures_are_written_as_people_read_them() -> None:
    """An hour would be shown as 3600 seconds."""
    assert clock(3723.4) == "1:02:03"
    assert show_figures({"loss": 0.5, "learning_rate": 1.0}) == "loss 0.5000"
