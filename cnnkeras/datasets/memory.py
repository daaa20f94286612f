"""How much memory there is for pictures."""

from __future__ import annotations

from pathlib import Path

# Where the system does not tell (neither Linux nor a container), this much is taken for granted.
ASSUMED = 4 * 2**30
# The pictures share the memory with the network, its gradients and other programs.
SHARE = 0.25


def picture_budget() -> int:
    """Give how many bytes the pictures of one part may take: a quarter of what is free now."""
    return int(available_memory() * SHARE)


def available_memory() -> int:
    """Give the bytes that this process can still take, within the machine's and the container's limits."""
    limits = [_from_meminfo(), _from_cgroup()]
    known = [limit for limit in limits if limit is not None]
    return min(known) if known else ASSUMED


def _from_meminfo(file: Path = Path("/proc/meminfo")) -> int | None:
    try:
        lines = dict(line.split(":", 1) for line in file.read_text().splitlines())
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, ValueError, KeyError, IndexError):
        return None


def _from_cgroup(folder: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Give what a container's limit leaves (control groups, version 2); None where there is no limit."""
    try:
        return max(0, int((folder / "memory.max").read_text()) - int((folder / "memory.current").read_text()))
    except (OSError, ValueError):  # no control group, or "max"
        return None
