"""Builds the Keras model of every file in a folder: what one would do to learn its shapes without `check`.

python -m benchmarks.contestants.build FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

import keras

from cnnkeras.commands.reading import examine
from cnnkeras.model.builder import build_model

# For data whose number of classes is not known before it is there.
CLASSES = 10


def main(folder: Path) -> None:
    """Build each model, one at a time in memory, and print its parameters."""
    for file in sorted(folder.glob("*.json")):
        architecture, _ = examine(file)
        model = build_model(architecture.with_num_classes(architecture.num_classes or CLASSES))
        print(file.name, model.output_shape, model.count_params())
        del model
        keras.backend.clear_session()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
