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
    limits = [from_meminfo(), from_cgroup()]
    known = [limit for limit in limits if limit is not None]
    return min(known) if known else ASSUMED


def from_meminfo(file: Path = Path("/proc/meminfo")) -> int | None:
    """Give what Linux counts as available; None on another system."""
    try:
        return _numbers(file)["MemAvailable:"] * 1024
    except (OSError, ValueError, KeyError):
        return None


def from_cgroup(folder: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Give what a container's limit leaves (control groups, version 2); None where there is no limit."""
    try:
        limit, used = (int((folder / name).read_text()) for name in ("memory.max", "memory.current"))
        # Files that were read and are kept in case they are read again make room when room is needed.
        return limit - used + _numbers(folder / "memory.stat")["inactive_file"]
    except (OSError, ValueError, KeyError):  # no control group, or "max"
        return None


def _numbers(file: Path) -> dict[str, int]:
    """Read lines of a name and a number."""
    return {line.split()[0]: int(line.split()[1]) for line in file.read_text().splitlines() if line.strip()}
