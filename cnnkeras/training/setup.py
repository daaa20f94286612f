"""Everything that is decided before the network is built: devices, strategy, precision, how steps are run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import tensorflow as tf

from cnnkeras.analysis.analysis import analyse
from cnnkeras.datasets.order import batch_sizes
from cnnkeras.spec.architecture import Architecture
from cnnkeras.training.choice import Choice
from cnnkeras.training.devices import Devices, choose_devices, choose_strategy
from cnnkeras.training.execution import choose_jit_compile, choose_steps_per_execution
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
    steps_per_epoch: int

    @property
    def replicas(self) -> int:
        """Give over how many copies of the network a batch is spread."""
        return int(self.strategy.value.num_replicas_in_sync)

    def choices(self) -> dict[str, dict[str, Any]]:
        """Give what environment.json keeps: the value and the reason of each decision."""
        mirrored = isinstance(self.strategy.value, tf.distribute.MirroredStrategy)
        chosen: dict[str, Choice[Any]] = {
            "devices": self.devices,
            "strategy": Choice("mirrored" if mirrored else "one_device", self.strategy.reason),
            "precision": self.precision,
            "jit_compile": self.jit_compile,
            "steps_per_execution": self.steps_per_execution,
        }
        return {name: {"value": choice.value, "reason": choice.reason} for name, choice in chosen.items()}

    def lines(self) -> list[str]:
        """Give the decisions as the log has them."""
        return [f"{name}: {_show(choice['value'])} ({choice['reason']})" for name, choice in self.choices().items()]


def prepare(architecture: Architecture, pictures: int) -> Setup:
    """Seed everything and decide for a training part of so many pictures. Call it before the network is built.

    Raises UserError where the file asks for devices that are not there, or for what does not go together; RunError
    where the pictures can't be spread over the devices.
    """
    training = architecture.training
    set_seeds(training)
    analysis = analyse(architecture)
    devices = choose_devices(architecture)
    strategy = choose_strategy(architecture, devices.value)
    steps = max(1, len(batch_sizes(pictures, training.batch_size, strategy.value.num_replicas_in_sync)))
    return Setup(
        devices,
        strategy,
        choose_precision(training, analysis, devices.value),
        choose_jit_compile(training, devices.value),
        choose_steps_per_execution(training, analysis, devices.value, steps),
        steps,
    )


def _show(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
