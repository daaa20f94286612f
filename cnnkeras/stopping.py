"""Ctrl-C and SIGTERM outside of training, which hears them itself: wherever they come, they end the command."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

# Seconds until a stop is tried again that came while Python was tidying up.
AGAIN = 0.05


class Terminated(KeyboardInterrupt):
    """The system asked the process to end: what Ctrl-C would do is done."""


@contextmanager
def stoppable() -> Iterator[None]:
    """Raise Terminated at SIGTERM, which by itself ends a process without a word; and lose no Ctrl-C.

    Where Python tidies up, in a `__del__` or a weak reference's callback, nobody hears of an exception: TensorFlow's
    graphs are many of those, and a Ctrl-C in them was lost in one of three tries.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before, unheard = signal.signal(signal.SIGTERM, _end), sys.unraisablehook

    def hear(lost: Any) -> None:
        if not issubclass(lost.exc_type, KeyboardInterrupt):
            unheard(lost)
            return
        number = signal.SIGTERM if issubclass(lost.exc_type, Terminated) else signal.SIGINT
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
        signal.signal(signal.SIGTERM, before)


def _end(*_: Any) -> NoReturn:
    raise Terminated


def describe(stop: KeyboardInterrupt) -> str:
    """Say what stopped the command, and what its notes say to do."""
    by = "SIGTERM" if isinstance(stop, Terminated) else "Ctrl-C"
    return "\n     = help: ".join([f"stopped by {by}", *getattr(stop, "__notes__", ())])
