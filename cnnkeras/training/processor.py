"""What this machine's processor can do."""

from __future__ import annotations

import platform
from functools import cache
from pathlib import Path

from cnnkeras.kernels import X86

# Products of such numbers in hardware: bfloat16 in Intel's from Cooper Lake, in AMD's from Zen 4.
_UNITS = {"bfloat16": ("amx_bf16", "avx512_bf16"), "float16": ("amx_fp16", "avx512_fp16")}
_INFORMATION = Path("/proc/cpuinfo")


def product_unit(dtype: str, information: Path = _INFORMATION) -> str | None:
    """Give the processor's name for its products in `dtype`, of 16 bits, or None where it has none or can't tell."""
    flags = _flags(information) or frozenset()
    return next((flag for flag in _UNITS[dtype] if flag in flags), None)


def lacks_products(dtype: str, information: Path = _INFORMATION) -> bool:
    """Tell whether the processor says that it has no products in `dtype`, of 16 bits: they are made of float32."""
    return _flags(information) is not None and product_unit(dtype, information) is None


def is_avx2_alone(information: Path = _INFORMATION) -> bool:
    """Tell whether the processor says that it computes with 256 bits at a time, and not with 512."""
    flags = _flags(information) or frozenset()
    return "avx2" in flags and "avx512f" not in flags


@cache
def _flags(information: Path) -> frozenset[str] | None:
    """Give the flags of an x86 processor; None where it is another or they can't be read."""
    if platform.machine() not in X86:
        return None
    try:
        return frozenset(
            next(line for line in information.read_text().splitlines() if line.startswith("flags")).split()
        )
    except (OSError, StopIteration):
        return None
