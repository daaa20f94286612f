"""Writes the network of a run as it was before the first step: the run's own file and seed make it again.

python -m benchmarks.contestants.beginning RUN FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from cnnkeras.commands.reading import read_architecture
from cnnkeras.commands.settling import open_data
from cnnkeras.model.builder import build_model
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.seeds import set_seeds


def main(run: RunDirectory, target: RunDirectory) -> None:
    """Build it in the order of a run: what draws a number before the network does would begin it with others."""
    architecture, _, _ = open_data(read_architecture(run.architecture)[0])
    set_seeds(architecture.training)
    build_model(architecture, architecture.training.precision).save(target.model)


if __name__ == "__main__":
    main(*(RunDirectory(Path(folder)) for folder in sys.argv[1:]))
