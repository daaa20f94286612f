"""The search for the largest batch, over a machine whose memory is known."""

from __future__ import annotations

from typing import Any

import pytest

from cnnkeras.commands import batch_search
from cnnkeras.commands.batch_search import MIB, Found, largest_batch
from cnnkeras.errors import RunError

pytestmark = pytest.mark.fast


class Machine:
    """Stands for the process that tries sizes: a picture takes `each` MiB, and `base` MiB are taken anyway."""

    pictures, replicas, device = 1000, 1, "CPU:0"
    base, each, room = 500.0, 10.0, 4000.0
    # What a picture takes beyond a size: a kernel that works in another way for large batches.
    jump = 10**9
    started = 0

    def __init__(self, words: Any, limit: int) -> None:
        type(self).started += 1
        self.said = {"pictures": self.pictures, "replicas": self.replicas, "devices": [self.device]}

    def run(self, size: int) -> dict[str, Any] | None:
        taken = self.base + self.each * size * (2 if size > self.jump else 1)
        if taken > self.room and self.device == "GPU:0":
            return {"size": size, "memory": 0, "seconds": 0.0, "reason": "OOM when allocating tensor"}
        if taken > self.room:
            return None
        return {"size": size, "memory": int(taken * MIB), "seconds": 0.1 + 0.001 * size, "reason": None}

    def close(self) -> None:
        pass

    def __enter__(self) -> Machine:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def search(monkeypatch: pytest.MonkeyPatch, **machine: Any) -> Found:
    monkeypatch.setattr(batch_search, "Watched", type("Other", (Machine,), {"started": 0, **machine}))
    monkeypatch.setattr(batch_search, "available_memory", lambda: int(Machine.room * MIB / batch_search.SHARE))
    return largest_batch(["file.json"])


def test_the_largest_that_fits_is_found_without_going_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine would be brought to its limit again and again, or half of its memory left unused."""
    found = search(monkeypatch)
    assert [trial["size"] for trial in found.trials] == [8, 16, 32, 64, 128, 256, 344]
    assert all(trial["fits"] for trial in found.trials)
    assert found.size == 344
    assert found.reason == "the largest that fits, by 7 trials: it takes 3,940 MiB of the 4,000 that may be taken"


def test_what_takes_more_than_was_foreseen_is_closed_in_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A size would be told that was never tried, and a run end by it."""
    found = search(monkeypatch, jump=200)
    failed = [trial for trial in found.trials if not trial["fits"]]
    assert failed
    assert failed[0]["reason"] == "it would take more than 4,000 MiB"
    assert found.size in {trial["size"] for trial in found.trials if trial["fits"]}
    assert 152 <= found.size <= 200


def test_a_gpu_tells_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a GPU, whose memory is another, the machine's would be counted."""
    found = search(monkeypatch, device="GPU:0", replicas=3)
    assert found.size % 3 == 0
    assert 300 < found.size <= 350
    assert found.reason.endswith(" MiB of the GPU")
    assert any(trial["reason"] == "OOM when allocating tensor" for trial in found.trials)


@pytest.mark.parametrize("pictures", [5, 8, 30, 100])
def test_it_is_at_most_the_whole_part(monkeypatch: pytest.MonkeyPatch, pictures: int) -> None:
    """Batches would be tried that the data can't fill."""
    found = search(monkeypatch, pictures=pictures)
    assert found.size == pictures
    assert found.reason == f"it is the whole training part, and takes {500 + 10 * pictures:,} MiB"


def test_where_nothing_fits_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user would get a traceback, or a batch of nothing."""
    with pytest.raises(RunError) as caught:
        search(monkeypatch, base=4000.0)
    assert str(caught.value) == (
        "not even a batch of 8 fits: it would take more than 4,000 MiB\n"
        "     = help: use a smaller network or input, or a machine with more memory"
    )
