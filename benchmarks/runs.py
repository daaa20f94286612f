"""What a run's folder holds, as benchmarks compare it."""

from __future__ import annotations

import tempfile
import zipfile
from pathlib import Path

import h5py
import numpy as np

from benchmarks import processes


def weights_of(run: Path) -> dict[str, np.ndarray]:
    """Give every array of the kept network, by its place in the file."""
    weights: dict[str, np.ndarray] = {}

    def keep(name: str, item: object) -> None:
        if isinstance(item, h5py.Dataset):
            weights[name] = np.asarray(item)

    with zipfile.ZipFile(run / "model.keras") as archive, archive.open("model.weights.h5") as file:
        h5py.File(file).visititems(keep)
    return weights


def initial_weights_of(run: Path) -> dict[str, np.ndarray]:
    """Give the same arrays as they were before the first step. Raises ContestantFailed.

    Another process makes them: TensorFlow in this one would hold a GPU's memory against those who train after it.
    """
    with tempfile.TemporaryDirectory(prefix="cnnkeras") as folder:
        processes.run(["-m", "benchmarks.contestants.beginning", str(run), folder])
        return weights_of(Path(folder))
