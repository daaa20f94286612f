"""Where pictures are kept, as the file or the machine says, and what the log says of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cnnkeras.datasets.keeping import described, kept, memory_budget
from cnnkeras.datasets.loading import load_data, read_ahead

from .conftest import MakeArchitecture, noise, part_of


def said(architecture: MakeArchitecture, cache: Any) -> str:
    file, part = architecture((64, 64, 1), data={"source": "digits", "cache": cache}), part_of(noise(512, 64, 64))
    return described(part, file, kept(part, file, training=False))


def test_the_log_says_where_and_why(architecture: MakeArchitecture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody would know why a training reads the disk."""
    monkeypatch.setattr("cnnkeras.datasets.keeping.picture_budget", lambda: 300 * 2**20)
    assert said(architecture, "auto") == (
        "train: 2.0 MiB of pictures in memory, where 300 may be taken (a quarter of what is free)"
    )
    assert said(architecture, 5) == "train: 2.0 MiB of pictures in memory, where 5 may be taken (data.cache)"
    assert said(architecture, 1) == "train: 2.0 MiB of pictures on the disk, where 1 may be taken (data.cache)"
    assert said(architecture, "disk") == "train: 2.0 MiB of pictures on the disk, where 0 may be taken (data.cache)"
    assert said(architecture, "none") == 'train: the pictures are read anew every epoch (data.cache is "none")'
    monkeypatch.setattr("cnnkeras.datasets.store._allocate", lambda *_: (None, False))
    assert said(architecture, "auto") == "train: the pictures are read anew every epoch (there is no room for them)"


def test_a_budget_of_the_file(architecture: MakeArchitecture) -> None:
    """A number of MiB would be taken for bytes."""
    assert memory_budget(architecture(data={"source": "digits", "cache": 3})) == 3 * 2**20


def test_a_run_says_it_for_every_part(architecture: MakeArchitecture, tmp_path: Path) -> None:
    """A part that is read from the disk would go unsaid."""
    file = architecture(data={"source": "digits", "cache": 1})
    assert [line.split()[0] for line in read_ahead(load_data(file), file)] == ["train:", "validation:", "test:"]
