"""Everything that is decided before the network is built: devices, strategy, precision, how steps are run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import tensorflow as tf

from cnnkeras.analysis.analysis import analyse
from cnnkeras.datasets.order import batch_sizes
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.training import TrainingSection
from cnnkeras.training.choice import Choice
from cnnkeras.training.devices import Devices, choose_devices, choose_strategy
from cnnkeras.training.execution import (
    choose_batch_parts,
    choose_jit_compile,
    choose_steps_per_execution,
    choose_threads,
    kernels_in_use,
    set_threads,
)
from cnnkeras.training.group import Agreement, Alone, Group
from cnnkeras.training.kernel_gradients import choose_winograd
from cnnkeras.training.precision import choose_precision
from cnnkeras.training.seeds import set_seeds


@dataclass(frozen=True)
class Setup:
    """The decisions of one run, each with its reason. The network is built within `strategy.value.scope()`."""

    devices: Choice[Devices]
    strategy: Choice[Any]
    precision: Choice[str]
    jit_compile: Choice[bool | Literal["auto"]]
    steps_per_execution: Choice[int]
    kernels: Choice[str]
    threads: Choice[int]
    batch_parts: Choice[int]
    winograd: Choice[bool]
    steps_per_epoch: int
    # What decides for all workers, and whether this one writes the run.
    agreement: Agreement = field(default_factory=Alone)
    is_chief: bool = True

    @property
    def replicas(self) -> int:
        """Give over how many copies of the network a batch is spread."""
        return int(self.strategy.value.num_replicas_in_sync)

    @property
    def is_group(self) -> bool:
        """Tell whether several processes train together."""
        return isinstance(self.agreement, Group)

    def choices(self) -> dict[str, dict[str, Any]]:
        """Give what environment.json keeps: the value and the reason of each decision."""
        chosen: dict[str, Choice[Any]] = {
            "devices": self.devices,
            "strategy": Choice(_name(self.strategy.value), self.strategy.reason),
            "precision": self.precision,
            "jit_compile": self.jit_compile,
            "steps_per_execution": self.steps_per_execution,
            "kernels": self.kernels,
            "threads": Choice(self.threads.value or "all", self.threads.reason),
            "batch_parts": self.batch_parts,
            "winograd": self.winograd,
        }
        return {name: {"value": choice.value, "reason": choice.reason} for name, choice in chosen.items()}

    def lines(self) -> list[str]:
        """Give the decisions as the log has them."""
        return [f"{name}: {_show(choice['value'])} ({choice['reason']})" for name, choice in self.choices().items()]


def describe_epoch(training: TrainingSection, examples: int, steps_per_epoch: int) -> Iterator[str]:
    """Say what is longer than the epoch, or than the training, that it is part of."""
    if training.batch_size > examples:
        whole = f"the {examples:,} examples of an epoch, which is one step"
        yield f"batch_size: {training.batch_size:,} is more than {whole}"
    steps = steps_per_epoch * training.epochs
    added = training.optimizer.gradient_accumulation_steps or 1
    if steps and added > steps:
        yield (
            f"optimizer: gradients of {added:,} steps are added up before each update, and the training has "
            f"{steps:,}: nothing will be learned"
        )


def begin(architecture: Architecture, is_alone: bool = True) -> Choice[int]:
    """Set how many threads share an operation, and give what holds; `is_alone` is False for one of several workers.

    TensorFlow hears of it only before its first operation, so call it before the data is opened, too.
    """
    return set_threads(choose_threads(architecture, analyse(architecture), is_alone))


def prepare(architecture: Architecture, pictures: int, joined: Any = None) -> Setup:
    """Seed everything and decide for a training part of so many pictures. Call it before the network is built.

    `joined` is the strategy of several workers (`cluster.join`), None for a process that trains alone.

    Raises UserError where the file asks for devices that are not there, or for what does not go together; RunError
    where the pictures can't be spread over the devices.
    """
    training = architecture.training
    analysis = analyse(architecture)
    threads = begin(architecture, joined is None)
    set_seeds(training)
    devices = choose_devices(architecture)
    strategy = choose_strategy(architecture, devices.value, joined)
    replicas = strategy.value.num_replicas_in_sync
    spread = _name(strategy.value) != "one_device"
    steps = max(1, len(batch_sizes(pictures, training.batch_size, replicas)))
    precision = choose_precision(training, analysis, devices.value)
    jit_compile = choose_jit_compile(training, devices.value, spread)
    return Setup(
        devices,
        strategy,
        precision,
        jit_compile,
        choose_steps_per_execution(training, analysis, devices.value, spread, steps),
        kernels_in_use(),
        threads,
        choose_batch_parts(architecture, devices.value, spread, threads.value),
        choose_winograd(training, analysis, devices.value, precision.value, jit_compile.value, pictures),
        steps,
        Alone() if joined is None else Group(joined),
        joined is None or joined.cluster_resolver.task_id == 0,
    )


def _name(strategy: Any) -> str:
    """Give the strategy's name in the file."""
    if isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy):
        return "multi_worker"
    return "mirrored" if isinstance(strategy, tf.distribute.MirroredStrategy) else "one_device"


def _show(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
