"""Training through JSON against hand-written Keras and PyTorch: same network, pictures, batch size and epochs.

python -m benchmarks.training [--network NAME …] [--contestants NAME …] [--rounds N] [--epochs N] [--images N]
    [--json FILE]

Classes: lenet5, vgg_like, residual20, resnet56, and resnet50 at 224×224, by default only where there is a GPU; masks:
unet; boxes: yolov8n.
Our precision is chosen by itself. Keras and PyTorch train in float32, as their documentation writes it, and where the
machine computes bfloat16 in that, too.
Every contestant is a process of its own. A round runs each once, in an order that is rotated from round to round,
so that a machine that is busy for a while is busy for all; ratios are taken within a round.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.comparison import Comparison
from benchmarks.contestants.registry import CONTESTANTS, able, by_default, precision
from benchmarks.machine import machine_facts
from benchmarks.processes import ContestantFailed, measure, rotated, run
from benchmarks.training_summary import COLUMNS, NOTES, Measurements, rows, summarize
from benchmarks.workloads import WORKLOADS, Workload


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write."""
    asked, machine = read_arguments(arguments), machine_facts()
    gpus = machine["gpus"]
    measuring = (
        measured
        for workload in chosen(asked, gpus)
        for measured in run_rounds(
            workload,
            able(asked.contestants or by_default(workload, gpus), workload),
            asked,
            precision(workload, gpus),
        )
    )
    return Comparison("Training", COLUMNS, NOTES, summarize, rows).run(measuring, machine, asked.json)


def read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--network", nargs="+", choices=WORKLOADS, help="(default: all that the machine is meant for)")
    contestants = "(default: all but cnnkeras-float32; those in bfloat16 where the machine computes it)"
    parser.add_argument("--contestants", nargs="+", choices=CONTESTANTS, help=contestants)
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
    measured = measure(contestant.module, [*fixed, *own, *options, *contestant.arguments], contestant.settings)
    return {"contestant": name, "round": round_number, **measured}


if __name__ == "__main__":
    sys.exit(main())
