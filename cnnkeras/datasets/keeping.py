"""Where a part's pictures are kept between the epochs: in memory, on the disk, or nowhere."""

from __future__ import annotations

from cnnkeras.datasets.memory import picture_budget
from cnnkeras.datasets.source import Part
from cnnkeras.datasets.store import Store, stored
from cnnkeras.datasets.tiling import cut
from cnnkeras.datasets.whole import WholeStore, whole_stored
from cnnkeras.spec.architecture import Architecture

MEBIBYTE = 2**20


def kept(
    part: Part, architecture: Architecture, training: bool, budget: int | None = None
) -> Store | WholeStore | None:
    """Give what keeps a part's pictures, filling it the first time; None where they are read anew every epoch.

    They stay in memory up to `budget` bytes, by default as `data.cache` says; beyond it on the disk; where that is too
    small too, or `data.cache` is "none", nowhere. Raises RunError where an example can't be read or its label is out
    of range.
    """
    if budget is None and _cache(architecture) == "none":
        return None
    room = memory_budget(architecture) if budget is None else budget
    if training and architecture.input.trains_on_crops:
        return whole_stored(part, architecture, room)
    return stored(cut(part, architecture) if architecture.input.resize == "tile" else part, architecture, room)


def memory_budget(architecture: Architecture) -> int:
    """Give how many bytes of memory the pictures of one part may take."""
    cache = _cache(architecture)
    if cache == "disk":
        return 0
    return cache * MEBIBYTE if isinstance(cache, int) else picture_budget()


def described(part: Part, architecture: Architecture, store: Store | WholeStore | None) -> str:
    """Say where a part's pictures are kept, and why there."""
    cache = _cache(architecture)
    if store is None:
        reason = 'data.cache is "none"' if cache == "none" else "there is no room for them"
        return f"{part.name}: the pictures are read anew every epoch ({reason})"
    reason = "a quarter of what is free" if cache == "auto" else "data.cache"
    place = "on the disk" if store.on_disk else "in memory"
    allowed = memory_budget(architecture) / MEBIBYTE
    taken = f"{store.bytes / MEBIBYTE:,.1f} MiB of pictures {place}"
    return f"{part.name}: {taken}, where {allowed:,.0f} may be taken ({reason})"


def _cache(architecture: Architecture) -> str | int:
    return architecture.data.cache if architecture.data else "auto"
