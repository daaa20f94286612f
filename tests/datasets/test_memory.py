"""How much memory the pictures may take."""

from __future__ import annotations

import subprocess
import sys
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
    monkeypatch.setattr(memory, "from_cgroup", lambda _: None)
    monkeypatch.setattr(memory, "from_address_space", lambda: None)
    assert memory.available_memory() == memory.ASSUMED


def test_a_group_within_a_group(tmp_path: Path) -> None:
    """The limit of a job of Slurm's, or of a service, stands in a group below the container's own."""
    file = tmp_path / "cgroup"
    file.write_text("1:name=systemd:/other\n0::/slurm/job_1\n")
    root = tmp_path / "root"
    assert memory.own_cgroups(file, root) == [root, root / "slurm", root / "slurm" / "job_1"]
    file.write_text("0::/\n")
    assert memory.own_cgroups(file, root) == [root]
    assert memory.own_cgroups(tmp_path / "none", root) == [root]


def test_a_limit_of_the_address_space() -> None:
    """`ulimit -v` would be met by the system alone, which ends the process without a word."""
    code = (
        "import resource; from cnnkeras.datasets import memory; before = memory.from_address_space();"
        "resource.setrlimit(resource.RLIMIT_AS, (2**31, resource.RLIM_INFINITY));"
        "print(before, 0 < memory.from_address_space() < 2**31)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=50, check=False)
    assert ended.stdout == "None True\n", ended.stderr
