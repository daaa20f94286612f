"""While TensorFlow waits for the other workers: who is missing is said, and Ctrl-C ends it.

TensorFlow waits outside of Python, without limit, and lets no other thread of Python run meanwhile. So the watch is a
process of its own, this file, which needs nothing but Python; it ends with the one that it watches for.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import TracebackType

# Seconds: until the first word, between two of them, until nobody waits any more, and for one address to answer.
FIRST, EVERY, LIMIT, PROBE = 30.0, 60.0, 3600.0, 2.0
# So many addresses are asked at once.
AT_ONCE = 32


class Waiting:
    """Entered around what waits for the workers at `others`, addresses `host:port`.

    Ctrl-C has its system's meaning meanwhile, as no signal gets to Python: nothing is written yet that could be lost.
    """

    def __init__(self, others: Sequence[str], first: float = FIRST, limit: float = LIMIT) -> None:
        self._words = [str(first), str(limit), *others]
        self._watch: subprocess.Popen[bytes] | None = None
        self._before: object = None

    def __enter__(self) -> Waiting:
        """Begin to watch."""
        with suppress(OSError):  # where no process can be started, they are waited for all the same
            # The end of its input is the end of the waiting, or of this process. Ctrl-C is not for it.
            self._watch = subprocess.Popen(
                [sys.executable, "-I", __file__, *self._words],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, signal.SIG_DFL)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave it: all are there, or it has failed."""
        if self._watch is not None:
            self._watch.kill()  # it may be asking many addresses
            self._watch.communicate()
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]  # what it was


def watch(others: Sequence[str], first: float, limit: float) -> None:
    """Say now and then who is missing, until the input ends; end the process that started this after the limit."""
    began, pause, waiting = time.monotonic(), first, os.getppid()
    while not select.select([sys.stdin], [], [], pause)[0]:
        pause = EVERY
        missing = _missing(others)
        seconds = time.monotonic() - began
        if seconds > limit:
            _say(f"gave up: {missing} after {limit / 60:.0f} minutes\n     = help: start all workers again")
            os.kill(waiting, signal.SIGINT)  # TensorFlow keeps SIGTERM to itself
            return
        _say(f"still waiting after {seconds:.0f} seconds: {missing} (Ctrl-C ends this worker)")


def _missing(others: Sequence[str]) -> str:
    with ThreadPoolExecutor(AT_ONCE) as asking:
        silent = [address for address, answers in zip(others, asking.map(_answers, others), strict=True) if not answers]
    return f"nothing answers at {', '.join(silent)}" if silent else "all workers answer, and have not met yet"


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), PROBE):
            return True
    except (OSError, ValueError):  # ValueError: what is no name of a machine
        return False


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    watch(sys.argv[3:], float(sys.argv[1]), float(sys.argv[2]))
