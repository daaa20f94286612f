"""Training through JSON against hand-written Keras and PyTorch: same network, pictures, batch size and epochs.

python -m benchmarks.training [--network NAME …] [--contestants NAME …] [--rounds N] [--epochs N] [--images N]
    [--json FILE]

Classes: lenet5, vgg_like, residual20, resnet56, and resnet50 at 224×224, by default only where there is a GPU; masks:
unet; boxes: yolov8n.
Every contestant is a process of its own. A round runs each once, in an order that is rotated from round to round,
so that a machine that is busy for a while is busy for all; ratios are taken within a round.
"""

from __future__ import annotations

import argparse
import importlib.util
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.comparison import Comparison
from benchmarks.machine import machine_facts
from benchmarks.processes import ContestantFailed, measure, rotated, run
from benchmarks.training_summary import COLUMNS, NOTES, Measurements, rows, summarize
from benchmarks.workloads import WORKLOADS, Workload


@dataclass(frozen=True)
class Contestant:
    """A module that trains, its arguments, and the package without which it can't."""

    module: str
    arguments: tuple[str, ...] = ()
    package: str = "keras"


CONTESTANTS = {
    "cnnkeras": Contestant("benchmarks.contestants.ours", ("--precision", "auto")),
    "keras": Contestant("benchmarks.contestants.keras_fit"),
    "keras-dataset": Contestant("benchmarks.contestants.keras_fit", ("--dataset",)),
    "pytorch": Contestant("benchmarks.contestants.pytorch", package="torch"),
    "pytorch-compiled": Contestant("benchmarks.contestants.pytorch", ("--compiled",), "torch"),
    # Not asked for unless named: what precision alone does.
    "cnnkeras-float32": Contestant("benchmarks.contestants.ours", ("--precision", "float32")),
    "keras-bfloat16": Contestant("benchmarks.contestants.keras_fit", ("--precision", "bfloat16")),
    "pytorch-bfloat16": Contestant("benchmarks.contestants.pytorch", ("--precision", "bfloat16"), "torch"),
}
DEFAULT_CONTESTANTS = ("cnnkeras", "keras", "keras-dataset", "pytorch", "pytorch-compiled")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    asked, machine = read_arguments(arguments), machine_facts()
    names, gpus = installed(asked), machine["gpus"]
    measuring = (
        measured
        for workload in chosen(asked, gpus)
        for measured in run_rounds(workload, names, asked, precision(workload, gpus))
    )
    return Comparison("Training", COLUMNS, NOTES, summarize, rows).run(measuring, machine, asked.json)


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", nargs="+", choices=WORKLOADS, help="(default: all that the machine is meant for)")
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS, default=list(DEFAULT_CONTESTANTS))
    parser.add_argument("--rounds", type=int, default=2, help="how often each contestant trains (default: 2)")
    parser.add_argument("--epochs", type=int, help="of each training (default: the network's, 3 or 4)")
    parser.add_argument("--images", type=int, metavar="N", help="to train on (default: the network's, some hundreds)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every figure there")
    return parser.parse_args(arguments)


def chosen(asked: argparse.Namespace, gpus: Sequence[str]) -> list[Workload]:
    """Give what is to be trained. Raises SystemExit where the pictures are no whole number of batches."""
    names = asked.network or [name for name, workload in WORKLOADS.items() if gpus or not workload.for_gpu]
    try:
        return [WORKLOADS[name].with_images(asked.images) for name in names]
    except ValueError as error:
        raise SystemExit(f"--images: {error}") from None


def precision(workload: Workload, gpus: Sequence[str]) -> tuple[str, ...]:
    """Give the arguments of contestants that name no precision of their own."""
    return ("--precision", "bfloat16") if workload.for_gpu and gpus else ()


def installed(asked: argparse.Namespace) -> list[str]:
    """Give the contestants that can run here, and say which can't."""
    found = []
    for name in asked.contestants:
        if importlib.util.find_spec(CONTESTANTS[name].package):
            found.append(name)
        else:
            print(f"{name} is left out: {CONTESTANTS[name].package} is not installed", file=sys.stderr)
    return found


def run_rounds(
    workload: Workload, names: Sequence[str], asked: argparse.Namespace, options: Sequence[str] = ()
) -> Measurements:
    """Give every measurement of one network. Raises ContestantFailed, also where unlike things were compared."""
    measurements = []
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "pictures.npz")
        prepare(workload, data)
        for number in range(asked.rounds):
            for name in rotated(names, number):
                measured = train(workload, name, data, asked.epochs or workload.epochs, number, options)
                print(
                    f"{workload.name}, round {number + 1}, {name}: {measured['images_per_s']:.0f} images/s",
                    file=sys.stderr,
                )
                measurements.append(measured)
    check(workload, measurements)
    return measurements


def check(workload: Workload, measurements: Measurements) -> None:
    """Raise ContestantFailed where networks that are to be the same are not, or where some had a GPU alone."""
    same = [measured for measured in measurements if not measured.get("is_another_network")]
    for figure, what, among in (
        ("parameters", "the networks differ in their number of parameters", same),
        ("device", "some compute on another device", measurements),
    ):
        found = {measured["contestant"]: measured[figure] for measured in among}
        if len(set(found.values())) > 1:
            raise ContestantFailed(f"{workload.name}: {what}: {found}")


def prepare(workload: Workload, data: Path) -> None:
    """Write the pictures, once for all contestants."""
    shape = [str(side) for side in workload.shape]
    sizes = ["--train", str(workload.train_images), "--test", str(workload.test_images)]
    run(["-m", "benchmarks.pictures", "--task", workload.task, "--shape", *shape, *sizes, str(data)])


def train(
    workload: Workload, name: str, data: Path, epochs: int, round_number: int, options: Sequence[str]
) -> dict[str, Any]:
    """Run one contestant once; every round begins from other weights, so that accuracies have a middle too."""
    contestant = CONTESTANTS[name]
    fixed = ["--network", workload.name, "--images", str(workload.train_images), "--data", str(data)]
    own = ["--epochs", str(epochs), "--seed", str(round_number)]
    # A contestant's own arguments stand last, and hold.
    measured = measure(contestant.module, [*fixed, *own, *options, *contestant.arguments])
    return {"contestant": name, "round": round_number, **measured}


if __name__ == "__main__":
    sys.exit(main())
