"""What every contestant is asked."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.workloads import WORKLOADS, Workload


@dataclass(frozen=True)
class Job:
    """What to train, on which pictures (see `benchmarks.pictures`), and when the process was started."""

    workload: Workload
    data: Path
    epochs: int
    seed: int
    precision: str
    dataset: bool
    compiled: bool
    started: float
    # As keras.Model.compile takes it; "auto" is its own default.
    jit_compile: bool | str = "auto"

    def arrays(self) -> dict[str, np.ndarray]:
        """Read the pictures and labels."""
        with np.load(self.data) as arrays:
            return dict(arrays)

    def labels(self, part: str) -> np.ndarray:
        """Read the labels of one part alone."""
        with np.load(self.data) as arrays:
            labels: np.ndarray = arrays[f"{part}_labels"]
        return labels


def read_job() -> Job:
    """Read the command line of a contestant."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--network", choices=WORKLOADS, required=True)
    parser.add_argument("--images", type=int, help="in place of the network's")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--epochs", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--precision", choices=("auto", "float32", "bfloat16"), default="float32")
    parser.add_argument("--dataset", action="store_true", help="hand-written Keras: train on a tf.data.Dataset")
    parser.add_argument(
        "--no-xla", dest="jit_compile", action="store_const", const=False, default="auto", help="hand-written Keras"
    )
    parser.add_argument("--compiled", action="store_true", help="PyTorch: train what torch.compile makes of it")
    parser.add_argument("--started", type=float, default=time.time())
    asked = vars(parser.parse_args())
    workload = WORKLOADS[asked.pop("network")].with_images(asked.pop("images"))
    return Job(workload, **asked)
