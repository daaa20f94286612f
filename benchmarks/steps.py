"""A training step of a file, as `python run.py` takes it, and how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from cnnkeras.analysis.analysis import analyse
from cnnkeras.analysis.results import Analysis
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.commands.settling import open_data
from cnnkeras.model.builder import build_model
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.load import load_architecture
from cnnkeras.training.compiling import compile_model
from cnnkeras.training.fitting import divided
from cnnkeras.training.setup import Setup, begin, prepare

NETWORKS = Path(__file__).parent / "networks"


class Step(NamedTuple):
    """A training step on one batch that stays the same."""

    run: Callable[[], Any]
    model: keras.Model
    setup: Setup
    analysis: Analysis

    @property
    def macs(self) -> int:
        """Give the multiply-accumulates of a picture: forward, and back to all but the pictures, which nobody wants."""
        nodes = self.analysis.nodes
        return 3 * sum(node.macs or 0 for node in nodes) - (nodes[0].macs or 0)


def step_of(name: str, changes: Sequence[str], stack: ExitStack) -> Step:
    """Give the step of a network of `networks/`, with what `--set` would change; it can be taken until `stack` closes.

    How many threads share an operation is decided by the first network of a process.
    """
    settled = [*changes, "training.steps_per_execution=1"]
    loaded = load_architecture(NETWORKS / f"{name}.json", settled, REGISTRY).architecture
    assert loaded is not None
    begin(loaded)
    architecture, task, data = open_data(loaded)
    setup = prepare(architecture, data.parts["train"].size)
    model = build_model(architecture, setup.precision.value)
    compile_model(model, architecture, task, setup)
    stack.enter_context(divided(model, setup.replicas, setup.batch_parts.value))
    model.make_train_function()
    batches = iter(_batch(architecture).repeat())
    return Step(
        lambda: {name: float(each) for name, each in model.train_function(batches).items()},
        model,
        setup,
        analyse(architecture),
    )


def _batch(architecture: Architecture) -> tf.data.Dataset:
    random = np.random.default_rng(0)
    size = architecture.training.batch_size
    x = tf.constant(random.normal(size=(size, *architecture.input.shape)).astype("float32"))
    return tf.data.Dataset.from_tensors((x, tf.constant(random.integers(10, size=size))))


def seconds(run: Callable[[], Any]) -> tuple[float, float]:
    """Give the time on the clock and that of the processor."""
    began, cpu_began = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - began, time.process_time() - cpu_began
