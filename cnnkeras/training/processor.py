"""What this machine's processor can do."""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path

# Matrix products of bfloat16 numbers in hardware: Intel from Cooper Lake, AMD from Zen 4.
_BFLOAT16 = ("amx_bf16", "avx512_bf16")


@cache
def bfloat16_unit(information: Path = Path("/proc/cpuinfo")) -> str | None:
    """Give the processor's name for its bfloat16 products, or None where it has none or can't tell."""
    if platform.machine() not in {"x86_64", "AMD64"}:
        return None
    try:
        flags = next(line for line in information.read_text().splitlines() if line.startswith("flags")).split()
    except (OSError, StopIteration):
        return None
    return next((flag for flag in _BFLOAT16 if flag in flags), None)
