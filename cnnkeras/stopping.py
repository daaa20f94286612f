"""Ctrl-C, SIGTERM and SIGHUP outside of training, which hears them itself: wherever they come, they end the command."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from cnnkeras.streams import drop_terminal

# Seconds until a stop is tried again that came while Python was tidying up.
AGAIN = 0.05


# The system asks a process to end, or its terminal was closed.
SYSTEMS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Terminated(KeyboardInterrupt):
    """The system asked the process to end, by a signal of this number: what Ctrl-C would do is done."""

    def __init__(self, number: int = signal.SIGTERM) -> None:
        super().__init__()
        self.number = number


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise Terminated at what by itself ends a process without a word; and lose no Ctrl-C.

    Where Python tidies up, in a `__del__` or a weak reference's callback, nobody hears of an exception: TensorFlow's
    graphs are many of those, and a Ctrl-C in them was lost in one of three tries.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before, unheard = {number: signal.signal(number, _end) for number in systems()}, sys.unraisablehook

    def hear(lost: Any) -> None:
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            unheard(lost)
            return
        number = lost.exc_value.number if isinstance(lost.exc_value, Terminated) else signal.SIGINT
        again = threading.Timer(AGAIN, os.kill, (os.getpid(), number))
        again.daemon = True
        again.start()

    sys.unraisablehook = hear
    try:
        yield
    except KeyboardInterrupt:
        # TensorFlow tells of the graph that was not finished.
        logging.getLogger("tensorflow").setLevel(logging.CRITICAL)
        raise
    finally:
        sys.unraisablehook = unheard
        for number, handler in before.items():
            signal.signal(number, handler)


def systems() -> list[int]:
    """Give the signals of the system that are to be heard: one that is ignored, as under nohup, stays so."""
    return [number for number in SYSTEMS if signal.getsignal(number) is not signal.SIG_IGN]


def name_of(number: int) -> str:
    """Give what a signal is called; where the terminal was closed, nothing more is said to it."""
    if signal.Signals(number).name == "SIGHUP":
        drop_terminal()
    return "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name


def _end(number: int, _: Any) -> NoReturn:
    name_of(number)
    raise Terminated(number)


def describe(stop: KeyboardInterrupt) -> str:
    """Say what stopped the command, and what its notes say to do."""
    by = name_of(stop.number if isinstance(stop, Terminated) else signal.SIGINT)
    return "\n     = help: ".join([f"stopped by {by}", *getattr(stop, "__notes__", ())])
