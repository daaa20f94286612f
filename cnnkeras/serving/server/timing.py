"""How fast a server answers: the time of single requests, and pictures a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np

from cnnkeras.serving.requests import Request
from cnnkeras.serving.server.client import Client, Names

# Fewer requests say nothing of the slowest.
FEWEST = 5


class Timing(NamedTuple):
    """What was measured for one signature and batch size. Times are of whole requests, in milliseconds."""

    protocol: str
    signature: str
    batch_size: int
    requests: int
    median_ms: float
    p99_ms: float
    pictures_per_second: float


def measure(connect: Callable[[], Client], request: Request, outputs: Names, seconds: float, clients: int) -> Timing:
    """Ask again and again for so many seconds, with so many connections at once. Raises RunError as a request does."""

    def ask(client: Client) -> list[float]:
        times: list[float] = []
        end = time.perf_counter() + seconds
        while len(times) < FEWEST or time.perf_counter() < end:
            begin = time.perf_counter()
            client.answer(request, outputs)
            times.append(time.perf_counter() - begin)
        return times

    connections = [connect() for _ in range(clients)]
    try:
        # The first request opens the connection.
        for client in connections:
            client.answer(request, outputs)
        begin = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            times = [each for some in pool.map(ask, connections) for each in some]
        took = time.perf_counter() - begin
    finally:
        for client in connections:
            client.close()
    size = len(request.value)
    median, p99 = np.percentile(times, [50, 99]) * 1000
    return Timing(connections[0].protocol, request.signature, size, len(times), median, p99, size * len(times) / took)
