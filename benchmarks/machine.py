"""What a figure was measured on: without it, no figure can be compared with another."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cnnkeras.kernels import NAMED
from cnnkeras.training.processor import product_unit

# The flags that decide which kernels run.
FLAGS = ("avx2", "avx512f", "avx512_bf16", "avx512_fp16", "amx_bf16", "amx_tile", "bf16", "asimd", "sve")
PACKAGES = ("tensorflow", "keras", "torch", "numpy", "cnnkeras")
# Where one of them is, TensorFlow takes oneDNN's kernels by itself (`DefaultOneDnnPolicy` in its util/port.cc).
FOR_ONEDNN = {"avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16"}


def machine_facts() -> dict[str, Any]:
    """Give the processor with its flags, the cores that this process may use, GPUs, the memory and the versions."""
    model, flags = _processor()
    return {
        "system": platform.platform(),
        "processor": model,
        "flags": [flag for flag in FLAGS if flag in flags],
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "gpus": _gpus(),
        "memory_mib": _memory(),
        "load_average": list(os.getloadavg()),
        "python": platform.python_version(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
    }


def computes_bfloat16(gpus: Sequence[str]) -> bool:
    """Tell whether the GPU, and where there is none the processor, multiplies bfloat16 numbers itself.

    A GPU that the driver names and TensorFlow can't use counts as none.
    """
    if gpus:
        import tensorflow as tf

        from cnnkeras.training.precision import BFLOAT16, compute_capability

        if tf.config.list_physical_devices("GPU"):
            return compute_capability("GPU:0") >= BFLOAT16
    return product_unit("bfloat16") is not None


def takes_onednn() -> bool:
    """Tell whether TensorFlow computes by oneDNN here without being asked, or the environment says what to do."""
    return NAMED is not None or bool(FOR_ONEDNN & _processor()[1])


def describe(facts: dict[str, Any]) -> str:
    """Put the facts in one line, to stand over a table."""
    versions = ", ".join(f"{name} {version}" for name, version in facts["packages"].items())
    flags = " ".join(facts["flags"]) or "no flags known"
    gpus = "".join(f", {name}" for name in facts["gpus"])
    return f"{facts['cores']} cores of {facts['processor']} ({flags}){gpus}, Python {facts['python']}, {versions}"


def _processor() -> tuple[str, set[str]]:
    model, flags = platform.processor() or platform.machine(), set[str]()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return model, flags
    for line in lines:
        key, _, value = (part.strip() for part in line.partition(":"))
        if key == "model name":
            model = value
        elif key in ("flags", "Features"):
            flags.update(value.split())
    return model, flags


def _gpus() -> list[str]:
    """Give the names of NVIDIA's GPUs, as their driver tells them; none where the environment hides them."""
    if os.environ.get("CUDA_VISIBLE_DEVICES") in {"", "-1"}:
        return []
    command = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return []
    return told.stdout.splitlines() if told.returncode == 0 else []


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    except (ValueError, OSError):
        return None


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
