"""The search for the largest batch that fits, by trying; needs no TensorFlow in this process.

The trials run in a process of their own, which is watched and may be killed: nothing of the user's is lost with it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from cnnkeras.commands.watched import Watched
from cnnkeras.datasets.memory import available_memory
from cnnkeras.errors import RunError

# The share of the free memory that the trials may take: a run also measures, draws and exports.
SHARE = 0.8
# The first size that is tried, and what the answer is a multiple of, where the replicas ask for no other.
FIRST = 8
# The search ends where the largest that fits and the smallest that does not are as near, as a share.
NEAR = 1 / 8
MIB = 2**20

Tried = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """The largest batch that fits, of so many pictures, and every trial that led to it."""

    size: int
    pictures: int
    limit: int
    on_gpu: bool
    trials: tuple[Tried, ...]

    @property
    def reason(self) -> str:
        """Say why it is that size."""
        (own,) = (trial for trial in self.trials if trial["size"] == self.size and trial["fits"])
        taken = f"{own['memory'] / MIB:,.0f} MiB"
        if self.size >= self.pictures:
            return f"it is the whole training part, and takes {taken}"
        allowed = "of the GPU" if self.on_gpu else f"of the {self.limit / MIB:,.0f} that may be taken"
        return f"the largest that fits, by {len(self.trials)} trials: it takes {taken} {allowed}"


def largest_batch(words: Sequence[str], on_trial: Callable[[Tried], None] | None = None) -> Found:
    """Search for the largest batch. Raises RunError where none fits, and what the file or the data are wrong in."""
    limit = int(available_memory() * SHARE)
    with ExitStack() as stack:
        search = _Search(words, limit, stack, on_trial or (lambda _: None))
        return search.search()


@dataclass
class _Search:
    words: Sequence[str]
    limit: int
    stack: ExitStack
    on_trial: Callable[[Tried], None]
    trials: list[Tried] = field(default_factory=list)
    process: Watched | None = None
    pictures: int = 0
    step: int = FIRST
    on_gpu: bool = False

    def search(self) -> Found:
        """Double until it does not fit, or would not by what the sizes before took; then close in."""
        self._begin()
        size, above = min(self.step, self._most), self._most + self.step
        while self._try(size):
            following = min(2 * size, self._most)
            if following == size:
                break
            if self._would_take(following) > self.limit:
                above = following
                break
            size = following
        else:
            above = size
        self._close_in(above)
        if not self._fitting:
            raise RunError(
                f"not even a batch of {self.trials[-1]['size']} fits: {self.trials[-1]['reason']}",
                "use a smaller network or input, or a machine with more memory",
            )
        size = max(trial["size"] for trial in self._fitting)
        return Found(size, self.pictures, self.limit, self.on_gpu, tuple(self.trials))

    def _close_in(self, above: int) -> None:
        """Try between the largest that fits and the smallest that does not."""
        while self._fitting:
            below = max(trial["size"] for trial in self._fitting)
            if below >= self._most or above - below <= max(self.step, below * NEAR) or self._is_full():
                return
            size = self._round(min(max(self._guess(), below + self.step), above - self.step))
            if size <= below:
                return
            if not self._try(size):
                above = size

    def _is_full(self) -> bool:
        """Tell whether the last size took nearly all that may be taken: the next one would be a risk for nothing."""
        return not self.on_gpu and self._fitting[-1]["memory"] > (1 - NEAR) * self.limit

    def _guess(self) -> int:
        """Give the size that the memory should just take, by the last two that it took; after a failure less."""
        below: int = self._fitting[-1]["size"]
        failed = [trial["size"] for trial in self.trials if not trial["fits"]]
        slope = self._slope()
        if failed or slope <= 0:
            return (below + int(min(failed, default=2 * below))) // 2
        return int(below + 0.97 * (self.limit - self._fitting[-1]["memory"]) / slope)

    def _would_take(self, size: int) -> float:
        last = self._fitting[-1]
        return 0.0 if self.on_gpu else float(last["memory"] + self._slope() * (size - last["size"]))

    def _slope(self) -> float:
        """Give the bytes that a picture takes, by the last two sizes that fitted; 0 where that is not known."""
        if len(self._fitting) < 3 or self.on_gpu:
            return 0.0
        one, other = sorted(self._fitting, key=lambda trial: int(trial["size"]))[-2:]
        return max(0.0, float((other["memory"] - one["memory"]) / (other["size"] - one["size"])))

    @property
    def _fitting(self) -> list[Tried]:
        return [trial for trial in self.trials if trial["fits"]]

    @property
    def _most(self) -> int:
        return self._round(self.pictures) if self.pictures >= self.step else self.pictures

    def _round(self, size: int) -> int:
        # The whole part may be of any size where it is not spread.
        return size if size == self.pictures and self.step == FIRST else size // self.step * self.step

    def _begin(self) -> None:
        self.process = self.stack.enter_context(Watched(self.words, self.limit))
        said = self.process.said or {}
        self.pictures, replicas = said["pictures"], said["replicas"]
        self.on_gpu = any(device.startswith("GPU") for device in said["devices"])
        self.step = FIRST if replicas == 1 else replicas * max(1, FIRST // replicas)

    def _try(self, size: int) -> bool:
        """Try a size; where it took the process with it, the next one gets another."""
        if self.process is None:
            self._begin()
        assert self.process is not None
        answer = self.process.run(size)
        if answer is None:
            self.process.close()
            self.process = None
            reason = f"it would take more than {self.limit / MIB:,.0f} MiB"
            answer = {"size": size, "memory": None, "seconds": 0.0, "reason": reason}
        speed = size / answer["seconds"] if answer["seconds"] else 0.0
        trial = {
            "size": size,
            "fits": answer["reason"] is None,
            "memory": answer["memory"],
            "images_per_second": round(speed, 1),
            "reason": answer["reason"],
        }
        self.trials.append(trial)
        self.on_trial(trial)
        return bool(trial["fits"])
