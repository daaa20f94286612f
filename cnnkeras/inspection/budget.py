"""Keeps looking from slowing down what is looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager


class Budget:
    """Allows what takes time only while all of it stays below a share of the time since the start.

    Args:
        share: of the time that has passed.
        expected: seconds that a kind of work takes, until its first time has been measured.
        clock: gives seconds.

    """

    def __init__(
        self, share: float, expected: Mapping[str, float], clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._share = share
        self._costs = dict(expected)
        self._clock = clock
        self._began = clock()
        self._spent = 0.0

    def affords(self, kind: str) -> bool:
        """Tell whether doing it now keeps within the share."""
        return self._spent + self._costs.get(kind, 0.0) <= self._share * (self._clock() - self._began)

    @contextmanager
    def spend(self, kind: str) -> Iterator[None]:
        """Time what is done inside, whether or not it was affordable."""
        started = self._clock()
        yield
        self._costs[kind] = self._clock() - started
        self._spent += self._costs[kind]
