"""What is settled once the data is there: the number of classes, and that the network fits it."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import Any

import numpy as np

from cnnkeras.analysis.analysis import analyse
from cnnkeras.datasets.loading import load_data
from cnnkeras.datasets.pipeline import batches
from cnnkeras.datasets.reading import streaming
from cnnkeras.datasets.source import Data, Part
from cnnkeras.datasets.tiling import whole_pictures
from cnnkeras.errors import UserError
from cnnkeras.serving.golden import MOST_PICTURES
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import Evaluation, TrainableTask


def open_data(architecture: Architecture) -> tuple[Architecture, TrainableTask, Data]:
    """Load the data; give the architecture with its number of classes filled in.

    Raises UserError where the network does not fit the data, RunError where the data can't be had.
    """
    data = load_data(architecture)
    settled = architecture.with_num_classes(len(data.class_names))
    task = settled.task
    assert isinstance(task, TrainableTask)  # the registry holds no others
    analysis = analyse(_with_sides(settled, data), task.check_training(settled))
    if not analysis.ok:
        raise UserError(*analysis.diagnostics)
    return settled, task, data


def _with_sides(architecture: Architecture, data: Data) -> Architecture:
    """Give the architecture with the pictures' own height and width where it leaves them free, if they have one."""
    height, width, channels = architecture.input.shape
    own = data.parts["train"].examples().element_spec["image"].shape
    shape = (height or own[0], width or own[1], channels)
    return replace(architecture, input=architecture.input.model_copy(update={"shape": shape}))


def measure(model: Any, architecture: Architecture, task: TrainableTask, data: Data) -> dict[str, Evaluation]:
    """Evaluate the network on the parts that it was not trained on."""
    with streaming("validation or test"):
        return {
            name: task.evaluate(model, _measured(part, architecture), data.class_names, architecture, part)
            for name, part in data.parts.items()
            if name != "train"
        }


def _measured(part: Part, architecture: Architecture) -> Any:
    if architecture.input.resize == "tile":
        return whole_pictures(part, architecture)
    return batches(part, architecture, architecture.training.batch_size, False)


def golden_pictures(part: Part) -> list[np.ndarray]:
    """Give the first pictures of a part, as the data has them."""
    return [example["image"] for example in islice(part.examples().as_numpy_iterator(), MOST_PICTURES)]
