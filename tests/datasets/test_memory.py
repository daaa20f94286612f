"""How much memory the pictures may take."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnkeras.datasets import memory

pytestmark = pytest.mark.fast


def test_a_quarter_of_what_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pictures would push the network out of the memory."""
    monkeypatch.setattr(memory, "available_memory", lambda: 4000)
    assert memory.picture_budget() == 1000


def test_machine_and_container_limit(tmp_path: Path) -> None:
    """A container with 1 GB on a machine with 100 would be filled until the system kills it."""
    meminfo = tmp_path / "meminfo"
    meminfo.write_text("MemTotal:  2000 kB\nMemAvailable:    1500 kB\n")
    assert memory.from_meminfo(meminfo) == 1500 * 1024
    (tmp_path / "memory.max").write_text("5000\n")
    (tmp_path / "memory.current").write_text("1500\n")
    (tmp_path / "memory.stat").write_text("anon 900\ninactive_file 200\n")
    assert memory.from_cgroup(tmp_path) == 3700


def test_no_limit_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without these files could not train at all."""
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.from_cgroup(tmp_path) is None
    assert memory.from_meminfo(tmp_path / "none") is None
    monkeypatch.setattr(memory, "from_meminfo", lambda: None)
    monkeypatch.setattr(memory, "from_cgroup", lambda: None)
    assert memory.available_memory() == memory.ASSUMED
