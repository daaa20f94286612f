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

from cnnkeras.errors import CnnkerasError
from cnnkeras.streams import drop_terminal

# Seconds until a stop is tried again that came while Python was tidying up.
AGAIN = 0.05


# The signal that asked the command to end, once one has.
_asked: int | None = None
# The system asks a process to end, or its terminal was closed.
END_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


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
    global _asked  # noqa: PLW0603  # a handler of signals has no other place
    _asked = None
    is_pythons = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    heard = [*heard_signals(), *([signal.SIGINT] if is_pythons else [])]
    before, unheard = {number: signal.signal(number, _end) for number in heard}, sys.unraisablehook

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
        if _asked is not None:  # C code that Python was called from may drop an exception
            raise _stop(_asked)
    except BaseException as error:
        stop = stop_behind(error)
        if stop is None:
            raise
        # TensorFlow tells of the graph that was not finished.
        logging.getLogger("tensorflow").setLevel(logging.CRITICAL)
        if stop is error:
            raise
        raise stop from None
    finally:
        _asked = None
        sys.unraisablehook = unheard
        for number, handler in before.items():
            signal.signal(number, handler)


def heard_signals() -> list[int]:
    """Give the signals of the system that are to be heard: one that is ignored, as under nohup, stays so."""
    return [number for number in END_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


def name_of(number: int) -> str:
    """Give what a signal is called."""
    return "Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name


def stop_behind(error: BaseException) -> KeyboardInterrupt | None:
    """Give the stop that an error is, or comes from; None for any other.

    TensorFlow's bookkeeping, left in the middle, raises an error of its own. One of ours was raised by somebody who
    knew of the stop.
    """
    if isinstance(error, KeyboardInterrupt):
        return error
    if _asked is None or not isinstance(error, Exception) or isinstance(error, CnnkerasError):
        return None
    return _stop(_asked)


def _stop(number: int) -> KeyboardInterrupt:
    return KeyboardInterrupt() if number == signal.SIGINT else Terminated(number)


def _end(number: int, _: Any) -> NoReturn:
    global _asked  # noqa: PLW0603
    _asked = number
    drop_terminal_at(number)
    raise _stop(number)


def drop_terminal_at(number: int) -> None:
    """Say nothing more to a terminal where the signal tells that it was closed."""
    if signal.Signals(number).name == "SIGHUP":
        drop_terminal()


def asked() -> str | None:
    """Give the name of the signal that asked the command to end, where something has swallowed its exception."""
    return None if _asked is None else name_of(_asked)


def describe(stop: KeyboardInterrupt) -> str:
    """Say what stopped the command, and what its notes say to do."""
    by = name_of(stop.number if isinstance(stop, Terminated) else signal.SIGINT)
    return "\n     = help: ".join([f"stopped by {by}", *getattr(stop, "__notes__", ())])
