"""Whose kernels TensorFlow computes with on a processor: oneDNN's, or its own."""

from __future__ import annotations

import os
import platform

# TensorFlow's own setting: "1" for oneDNN, "0" for its own kernels.
SETTING = "TF_ENABLE_ONEDNN_OPTS"
# What Python calls an x86 processor of 64 bits.
X86 = {"x86_64", "AMD64"}
# What the environment said of it before cnnkeras was imported.
NAMED = os.environ.get(SETTING)


def prefer_onednn() -> None:
    """Take oneDNN's on every x86 processor, unless the environment says otherwise. Call it before TensorFlow comes.

    TensorFlow 2.21 takes them by itself only where the processor has VNNI, bfloat16 or AMX, and on Windows not at
    all. Measured on two cores with AVX2, images a second of oneDNN's over TensorFlow's own: LeNet-5 3.0, a VGG-like
    net 1.2. On other processors it was not measured, and stays TensorFlow's choice.
    """
    if platform.machine() in X86:
        os.environ.setdefault(SETTING, "1")
