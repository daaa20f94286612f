"""What every contestant answers: its times, its memory, and how well the network does."""

from __future__ import annotations

import json
import resource
import statistics
import sys
import time
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from benchmarks.contestants.job import Job
from benchmarks.contestants.scores import score


@dataclass
class Clock:
    """Takes the times of a training; validation between epochs is not counted.

    The processor's own time tells on a busy machine what waiting hides.
    """

    started: float
    first_step_s: float = 0.0
    epoch_s: list[float] = field(default_factory=list)
    epoch_cpu_s: list[float] = field(default_factory=list)
    _began: float = 0.0
    _cpu_began: float = 0.0

    def begin_epoch(self) -> None:
        """Note that the first step of an epoch is about to be taken."""
        self._began, self._cpu_began = time.perf_counter(), time.process_time()

    def step(self) -> None:
        """Note the end of a step, or of several that run as one; only the first counts."""
        if not self.first_step_s:
            self.first_step_s = time.time() - self.started

    def end_epoch(self) -> None:
        """Note that the last step of an epoch is done."""
        if self._began:
            self.epoch_s.append(time.perf_counter() - self._began)
            self.epoch_cpu_s.append(time.process_time() - self._cpu_began)
        self._began = 0.0


def answer(job: Job, clock: Clock, outputs: np.ndarray, **facts: Any) -> None:
    """Print the one line: speed, waiting, memory, and how well the trained network does on the held-out part."""
    measured = figures(job, clock)
    print(json.dumps(measured | score(job, outputs, job.labels("test")) | facts))


def figures(job: Job, clock: Clock) -> dict[str, Any]:
    """Give the training's speed, and waiting and memory up to now: what scores an answer may need more of both."""
    # The first epoch traces, compiles and fills caches; its wait is in first_step_s.
    seconds = statistics.median(clock.epoch_s[1:] or clock.epoch_s)
    cpu_seconds = statistics.median(clock.epoch_cpu_s[1:] or clock.epoch_cpu_s)
    return {
        "network": job.workload.name,
        "images_per_s": job.workload.train_images / seconds,
        "images_per_cpu_s": job.workload.train_images / cpu_seconds,
        "first_step_s": clock.first_step_s,
        "whole_s": time.time() - job.started,
        "peak_memory_mib": peak_memory_mib(),
        "epoch_s": clock.epoch_s,
        "epoch_cpu_s": clock.epoch_cpu_s,
    }


def peak_memory_mib() -> float:
    """Give the largest resident size that this process has had."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)
