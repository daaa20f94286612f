"""Ctrl-C, SIGTERM and SIGHUP wherever they come."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator

import pytest

from cnnkeras.stopping import Terminated, asked, describe, stoppable

pytestmark = pytest.mark.fast


@pytest.fixture(autouse=True)
def hears_of_its_terminal() -> Iterator[None]:
    """Let SIGHUP mean what it does: under nohup the tests begin with it ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


class StopsWhenItGoes:
    """Something of Python's that is tidied up as a stop comes."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        os.kill(os.getpid(), self.number)
        time.sleep(0.001)  # it is raised here


def stopped_as_it_tidies_up(number: int) -> None:
    with stoppable():
        StopsWhenItGoes(number)
        time.sleep(20)


@pytest.mark.parametrize(
    ("number", "word"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM"), (signal.SIGHUP, "SIGHUP")]
)
def test_a_stop_while_python_tidies_up_is_not_lost(number: int, word: str) -> None:
    """The command would go on to its end, and its user press Ctrl-C again and again."""
    with pytest.raises(KeyboardInterrupt) as caught:
        stopped_as_it_tidies_up(number)
    caught.value.add_note("to go on: …")
    assert describe(caught.value) == f"stopped by {word}\n     = help: to go on: …"


def test_sigterm_is_the_systems_again_afterwards() -> None:
    """Whoever calls a command in a program of their own would hear of SIGTERM no more."""
    before = signal.getsignal(signal.SIGTERM)
    with stoppable():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
    assert issubclass(Terminated, KeyboardInterrupt)


def breaks(number: int | None) -> None:
    """Raise what TensorFlow does where it is left in the middle, with a stop or without one."""
    with stoppable():
        with contextlib.suppress(KeyboardInterrupt):
            if number is not None:
                os.kill(os.getpid(), number)
                time.sleep(1)
        raise AssertionError("Concurrent access?")


@pytest.mark.parametrize(("number", "word"), [(signal.SIGINT, "Ctrl-C"), (signal.SIGTERM, "SIGTERM")])
def test_what_a_stop_breaks_is_a_stop(number: int, word: str) -> None:
    """TensorFlow's bookkeeping, left in the middle, would end the command in a traceback."""
    with pytest.raises(KeyboardInterrupt) as caught:
        breaks(number)
    assert describe(caught.value) == f"stopped by {word}"
    with pytest.raises(AssertionError):
        breaks(None)


def swallows(number: int) -> None:
    with stoppable(), contextlib.suppress(KeyboardInterrupt):
        os.kill(os.getpid(), number)
        time.sleep(1)


def test_a_stop_that_something_has_swallowed_is_one_still() -> None:
    """C code that drops an exception would have the command go on, and end as if nothing had been asked."""
    with pytest.raises(KeyboardInterrupt) as caught:
        swallows(signal.SIGTERM)
    assert describe(caught.value) == "stopped by SIGTERM"
    # What is done afterwards was not asked to end.
    assert asked() is None


def test_what_is_ignored_stays_so() -> None:
    """Under nohup, which has SIGHUP ignored, a training would end with its terminal."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(0.01)
    finally:
        signal.signal(signal.SIGHUP, before)
