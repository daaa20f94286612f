"""A memory that runs out: the training ends with a sentence, and with the batch that fits."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from cnnkeras.commands import exhaustion
from cnnkeras.commands.batch_search import Found
from cnnkeras.commands.exhaustion import FLOOR, Exhaustion, explain
from cnnkeras.errors import RunError

pytestmark = pytest.mark.fast
Captured = pytest.CaptureFixture[str]


def test_the_process_is_replaced_when_memory_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system would kill the training, or the user's browser, without a word."""
    left = iter([4 * FLOOR, 2 * FLOOR, FLOOR, FLOOR - 1])
    monkeypatch.setattr(exhaustion, "available_memory", lambda: next(left))
    ended, commands = threading.Event(), []

    def end(command: Sequence[str]) -> None:
        commands.append(list(command))
        ended.set()

    with Exhaustion(Path("runs/here"), 512, end):
        assert ended.wait(10)
    assert commands == [["-m", "cnnkeras.commands.exhaustion", "runs/here", "512"]]


def test_a_training_that_has_room_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A training would be ended for nothing, in a small container too, or looked at for ever."""
    monkeypatch.setattr(exhaustion, "available_memory", lambda: FLOOR // 2)
    commands: list[Sequence[str]] = []
    with Exhaustion(Path("runs/here"), 512, commands.append) as watch:
        pass
    assert not commands
    assert not watch._thread.is_alive()


@pytest.mark.parametrize(
    ("size", "hint"),
    [
        (96, "a batch of 96 fits; to go on with it: python run.py --resume 'runs/a b' training.batch_size=96"),
        (
            2048,
            "a batch of 512 fits when nothing else takes the memory; to go on: python run.py --resume 'runs/a b'",
        ),
    ],
)
def test_the_batch_that_fits_is_told(monkeypatch: pytest.MonkeyPatch, capsys: Captured, size: int, hint: str) -> None:
    """A user would read "Killed", and guess."""
    asked = []
    monkeypatch.setattr(
        exhaustion, "largest_batch", lambda words: asked.append(words) or Found(size, 4000, 2**30, False, ())
    )
    assert explain(Path("runs/a b"), 512) == 1
    assert asked == [["runs/a b/architecture.json"]]
    assert capsys.readouterr().err == (
        "the machine's memory was nearly full, and the training ended itself before the system would have: runs/a b "
        "goes on from its last checkpoint\n"
        "looking for a batch that fits …\n"
        f"memory is too small for a batch of 512\n     = help: {hint}\n"
    )


def test_where_none_is_found_it_is_told_how_to_go_on(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """The way back to the run would be lost with the search."""

    def fail(words: Sequence[str]) -> Found:
        raise RunError("not even a batch of 8 fits: there is no room")

    monkeypatch.setattr(exhaustion, "largest_batch", fail)
    assert explain(Path("runs/here"), 512) == 1
    assert capsys.readouterr().err.splitlines()[2:] == [
        "not even a batch of 8 fits: there is no room",
        "     = help: end what else takes memory; then: python run.py --resume runs/here",
    ]
