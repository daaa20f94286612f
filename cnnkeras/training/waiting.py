"""While TensorFlow waits for the other workers: who is missing is said, and Ctrl-C ends it."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Sequence
from types import TracebackType

# Seconds: until the first word, between two of them, for one address to answer, and until nobody waits any more.
FIRST, EVERY, PROBE, LIMIT = 30.0, 60.0, 2.0, 3600.0


class Waiting:
    """Entered around what waits for the workers at `others`, addresses `host:port`.

    TensorFlow waits outside of Python, without limit, where no signal is heard and no exception gets: so Ctrl-C has
    its system's meaning meanwhile, and after an hour the process is ended. Nothing is written yet that could be lost.
    """

    def __init__(self, others: Sequence[str]) -> None:
        self._others = others
        self._is_over = threading.Event()
        self._before: object = None

    def __enter__(self) -> Waiting:
        """Begin to watch."""
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, signal.SIG_DFL)
        threading.Thread(target=self._watch, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave it: all are there, or it has failed."""
        self._is_over.set()
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)  # type: ignore[arg-type]  # what it was

    def _watch(self) -> None:
        began, pause = time.monotonic(), FIRST
        while not self._is_over.wait(pause):
            pause = EVERY
            seconds, missing = time.monotonic() - began, self._missing()
            if self._is_over.is_set():
                return
            if seconds > LIMIT:
                _say(f"gave up: {missing} after {LIMIT / 60:.0f} minutes\n     = help: start all workers again")
                os._exit(1)
            _say(f"still waiting after {seconds:.0f} seconds: {missing} (Ctrl-C ends this worker)")

    def _missing(self) -> str:
        silent = [address for address in self._others if not _answers(address)]
        return f"nothing answers at {', '.join(silent)}" if silent else "all workers answer, and have not met yet"


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), PROBE):
            return True
    except (OSError, ValueError):  # that is no name of a machine
        return False


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
