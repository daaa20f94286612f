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
    """Give the bytes that this process can still take, within the limits of the machine, containers and the process."""
    limits = [from_meminfo(), from_address_space(), *map(from_cgroup, own_cgroups())]
    known = [limit for limit in limits if limit is not None]
    return min(known) if known else ASSUMED


def from_meminfo(file: Path = Path("/proc/meminfo")) -> int | None:
    """Give what Linux counts as available; None on another system."""
    try:
        return _numbers(file)["MemAvailable:"] * 1024
    except (OSError, ValueError, KeyError):
        return None


def from_address_space() -> int | None:
    """Give what `ulimit -v` leaves; None where there is no limit, or the system does not tell."""
    try:
        import resource

        limit = resource.getrlimit(resource.RLIMIT_AS)[0]
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (ImportError, OSError, ValueError):
        return None
    return None if limit == resource.RLIM_INFINITY else max(0, limit - pages * resource.getpagesize())


def own_cgroups(file: Path = Path("/proc/self/cgroup"), root: Path = Path("/sys/fs/cgroup")) -> list[Path]:
    """Give the control groups that this process is in, from the outermost in: each may have a limit of its own."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except OSError:
        return [root]
    own = next((line.removeprefix("0::/") for line in lines if line.startswith("0::/")), "")
    folders = [root]
    for name in filter(None, own.split("/")):
        folders.append(folders[-1] / name)
    return folders


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
