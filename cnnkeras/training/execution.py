"""How a step is run: by which kernels and threads, compiled or not, in how many parts, how many a call from Python."""

from __future__ import annotations

import os
import platform
from typing import Literal

import tensorflow as tf

from cnnkeras.analysis.results import Analysis
from cnnkeras.kernels import NAMED, SETTING, X86
from cnnkeras.model.tensorflow_kernels import has_grouped_gradient
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.training import TrainingSection
from cnnkeras.training.choice import Choice
from cnnkeras.training.devices import Devices

# Multiply-accumulates for one call from Python, about a tenth of a second of training: longer calls gain nothing,
# and the display and Ctrl-C wait for them.
WORK = {"CPU": 4e9, "GPU": 4e11}
# Measured: lenet5 gains a sixth with 16 steps a call, and nothing more with 32.
MOST_STEPS = 16
# Multiply-accumulates of a step up to which one thread does them sooner than two that wait for each other. Measured:
# lenet5 (27 million) takes a fifth less of the processor's time with one.
FOR_ONE_THREAD = 50e6
# And up to which parts of a batch, a core each, are done sooner than operations that the cores share. Measured on two
# cores, float32 and bfloat16: 24 million 1.3 and 1.4, 310 million 1.2 and 1.4, 9,800 million 1.1 and 1.0 to 1.08; where
# the parts meet in normalizations 170 million 1.2 in bfloat16, 2,600 million 1.06 and 1.08, 8,000 million 1.1 and 1.06,
# 11,600 million 0.98 and 0.92.
FOR_PARTS = 1e10
# What TensorFlow calls as many threads as there are cores.
ALL_THREADS = 0
# Pictures of a part of a batch below which the work of a part is mostly that of calling the kernels.
FEWEST_OF_A_PART = 16


def kernels_in_use() -> Choice[str]:
    """Give by whose kernels the processor computes; TensorFlow has begun with them, and can't be told any more."""
    value = "oneDNN" if has_grouped_gradient("float32") else "TensorFlow"
    if NAMED is not None:
        return Choice(value, f"{SETTING} is {NAMED}")
    if platform.machine() not in X86:
        return Choice(value, "TensorFlow's own choice on this processor")
    is_faster, has_begun = "faster on x86 processors", "this TensorFlow has begun without oneDNN"
    return Choice(value, is_faster if value == "oneDNN" else has_begun)


def choose_jit_compile(training: TrainingSection, devices: Devices, spread: bool) -> Choice[bool | Literal["auto"]]:
    """Tell whether XLA compiles the step; "auto" leaves it to Keras, which asks every layer whether XLA can."""
    if training.jit_compile != "auto":
        return Choice(training.jit_compile, "named in training.jit_compile")
    if devices[0].startswith("CPU"):
        return Choice(False, "XLA's convolutions on the processor are several times slower")
    if spread:
        return Choice(False, "XLA fails in Keras where a batch is spread")
    return Choice("auto", "on one GPU Keras compiles with XLA a network whose layers all can be")


def choose_steps_per_execution(
    training: TrainingSection, analysis: Analysis, devices: Devices, spread: bool, steps_per_epoch: int
) -> Choice[int]:
    """Give how many steps one call from Python runs: more for small networks, whose steps are short."""
    if training.steps_per_execution != "auto":
        return Choice(training.steps_per_execution, "named in training.steps_per_execution")
    if spread:
        return Choice(1, "more fail in Keras where a batch is spread")
    if not analysis.totals.macs:
        return Choice(1, "the cost of a step is unknown")
    work = analysis.totals.macs * training.batch_size
    fitting = int(WORK[devices[0][:3]] // work)
    steps = max(1, min(fitting, MOST_STEPS, steps_per_epoch))
    if steps < 4:
        is_long = fitting < 4
        return Choice(1, "a step takes long enough by itself" if is_long else "an epoch has but a few steps")
    return Choice(steps, f"a step of {work:,} multiply-accumulates is short")


def choose_threads(architecture: Architecture, analysis: Analysis, is_alone: bool = True) -> Choice[int]:
    """Give how many threads share an operation, 0 for one a core; see `set_threads`.

    `is_alone` is False for one of several workers.
    """
    training = architecture.training
    if training.threads != "auto":
        return Choice(training.threads, "named in training.threads")
    if tf.config.list_physical_devices("GPU"):
        return Choice(ALL_THREADS, "a GPU computes")
    work = (analysis.totals.macs or 0) * training.batch_size
    if 0 < work <= FOR_ONE_THREAD:
        return Choice(1, f"a step of {work:,} multiply-accumulates is done before others have begun to help")
    if 0 < work <= FOR_PARTS and is_alone and _parts_fill_the_cores(architecture):
        return Choice(1, "every core takes a part of each batch")
    return Choice(ALL_THREADS, "one a core")


def _parts_fill_the_cores(architecture: Architecture) -> bool:
    """Tell whether there is a part of a batch for each of several cores, on one device."""
    training = architecture.training
    parts = most_parts(architecture).value if training.batch_parts == "auto" else training.batch_parts
    is_one = training.strategy in {"auto", "one_device"} and len(set(training.devices or ())) <= 1
    return is_one and parts == cores() > 1


def choose_batch_parts(architecture: Architecture, devices: Devices, spread: bool, threads: int) -> Choice[int]:
    """Give in how many parts a batch passes through the network side by side, an operation of each by one thread."""
    training = architecture.training
    if spread or devices[0].startswith("GPU"):
        return Choice(1, "a device takes its share of a batch whole")
    if training.batch_parts != "auto":
        if training.batch_parts > training.batch_size:
            return Choice(training.batch_size, f"a batch has no more pictures for {training.batch_parts} parts")
        return Choice(training.batch_parts, "named in training.batch_parts")
    if threads != 1:
        return Choice(1, "the threads share every operation")
    return most_parts(architecture)


def most_parts(architecture: Architecture) -> Choice[int]:
    """Give in how many parts a batch can pass through the network without a difference, a core for each."""
    if architecture.joining is not None:
        return Choice(1, f"{architecture.joining.label} looks at the whole batch")
    batch_size = architecture.training.batch_size
    parts = min(cores(), batch_size // FEWEST_OF_A_PART)
    if parts < 2:
        return Choice(1, f"a batch of {batch_size} is small" if cores() > 1 else "there is one core")
    return Choice(parts, f"each operation has one thread, and so {parts} cores have work")


def cores() -> int:
    """Give how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def set_threads(wanted: Choice[int]) -> Choice[int]:
    """Tell TensorFlow, which hears of it only before its first operation; give what holds."""
    try:
        tf.config.threading.set_intra_op_parallelism_threads(wanted.value)
    except RuntimeError:
        return Choice(
            tf.config.threading.get_intra_op_parallelism_threads(), "TensorFlow had begun before this training"
        )
    return wanted
