"""Who trains: each contestant's module and arguments, and which of them are asked where nobody is named."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.machine import computes_bfloat16, takes_onednn
from benchmarks.workloads import Task, Workload
from cnnkeras.kernels import SETTING


@dataclass(frozen=True)
class Contestant:
    """A module that trains, its arguments, the package without which it can't, and the tasks that it can't do.

    `settings` is what its process has in its environment beside what the user has.
    """

    module: str
    arguments: tuple[str, ...] = ()
    package: str = "keras"
    without: tuple[Task, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


_OURS = "benchmarks.contestants.ours"
_KERAS = "benchmarks.contestants.keras_fit"
_PYTORCH = "benchmarks.contestants.pytorch"
BFLOAT16 = ("--precision", "bfloat16")

CONTESTANTS = {
    "cnnkeras": Contestant(_OURS, ("--precision", "auto")),
    "keras": Contestant(_KERAS),
    "keras-dataset": Contestant(_KERAS, ("--dataset",)),
    "keras-no-xla": Contestant(_KERAS, ("--no-xla",)),
    "keras-onednn": Contestant(_KERAS, settings={SETTING: "1"}),
    "pytorch": Contestant(_PYTORCH, package="torch"),
    "pytorch-compiled": Contestant(_PYTORCH, ("--compiled",), "torch"),
    # KerasCV's detector multiplies float32 by bfloat16 in its loss, and ends in a TypeError.
    "keras-bfloat16": Contestant(_KERAS, BFLOAT16, without=("detection",)),
    "pytorch-bfloat16": Contestant(_PYTORCH, BFLOAT16, "torch"),
    # What precision alone does.
    "cnnkeras-float32": Contestant(_OURS, ("--precision", "float32")),
}
# Not asked unless named.
_ONLY_NAMED = {"cnnkeras-float32"}
# On a processor Keras's default is the same: Keras 3.15 leaves XLA to GPUs.
_WITHOUT_XLA = {"keras-no-xla"}
# Where TensorFlow computes by oneDNN anyway, the default is the same.
_ONEDNN = {"keras-onednn"}


def precision(workload: Workload, gpus: Sequence[str]) -> tuple[str, ...]:
    """Give the arguments of contestants that name no precision of their own."""
    return BFLOAT16 if workload.for_gpu and gpus else ()


def by_default(workload: Workload, gpus: Sequence[str]) -> list[str]:
    """Give who is asked where nobody is named: those in bfloat16 where it is computed, and none who'd repeat another.

    Elsewhere bfloat16 is made of float32, and takes several times as long as what it would be held against.
    """
    left_out = {*_ONLY_NAMED, *(() if gpus else _WITHOUT_XLA)}
    if gpus or takes_onednn():
        left_out |= _ONEDNN
    if not computes_bfloat16(gpus) or precision(workload, gpus) == BFLOAT16:
        left_out |= {name for name, contestant in CONTESTANTS.items() if contestant.arguments == BFLOAT16}
    return [name for name in CONTESTANTS if name not in left_out]


def able(names: Sequence[str], workload: Workload) -> list[str]:
    """Give the contestants that can train a network here, and say which can't."""
    reasons = {name: _hindrance(CONTESTANTS[name], workload) for name in names}
    for name, reason in reasons.items():
        if reason:
            print(f"{workload.name}: {name} is left out: {reason}", file=sys.stderr)
    return [name for name in names if not reasons[name]]


def _hindrance(contestant: Contestant, workload: Workload) -> str | None:
    if not importlib.util.find_spec(contestant.package):
        return f"{contestant.package} is not installed"
    return f"it can't train for {workload.task}" if workload.task in contestant.without else None
