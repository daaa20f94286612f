"""What the tests of the data share: small parts made of arrays, and architectures written for the test."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cnnkeras.datasets.loading import load_data
from cnnkeras.datasets.source import Part
from cnnkeras.datasets.sources import SOURCES
from cnnkeras.errors import UserError
from cnnkeras.layers.base import Shape
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.label import Label
from cnnkeras.spec.load import load_architecture
from cnnkeras.spec.task import Registry, Task

if TYPE_CHECKING:
    import tensorflow as tf

MakeArchitecture = Callable[..., Architecture]
Refusal = Callable[..., str]
TASKS: dict[Label, str] = {"class": "classification", "mask": "segmentation", "boxes": "detection"}


class Labels(Task):
    """A task that says what a label is, and nothing else."""

    def __init__(self, label: Label) -> None:
        self.label = label  # type: ignore[misc]  # one for each test, not for all

    def check_output(self, shape: Shape, num_classes: int | None) -> None:
        """Take every network."""


@pytest.fixture
def architecture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeArchitecture:
    """Give a function that writes `file.json` with this input, data and training, and loads it for such labels."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)

    def make(
        shape: Any = (8, 8, 1), data: Any = None, training: Any = None, label: Label = "class", **input_fields: Any
    ) -> Architecture:
        sections = {"data": data, "training": training}
        content = {"input": {"shape": list(shape), **input_fields}, "layers": [{"type": "Flatten"}]}
        content |= {name: section for name, section in sections.items() if section is not None}
        (tmp_path / "file.json").write_text(json.dumps(content, indent=1))
        made = load_architecture("file.json", registry=Registry(sources=SOURCES)).architecture
        assert made is not None
        section = made.data
        if section is not None and TASKS[label] in section.tasks:
            section = section.for_task(TASKS[label])
        return replace(made, task=Labels(label), data=section)

    return make


def part_of(
    images: np.ndarray, labels: np.ndarray | None = None, num_classes: int | None = None, size: int | None = None
) -> Part:
    """Give a part of these pictures; without labels each picture's label is its place."""
    chosen = np.arange(len(images)) if labels is None else labels

    def examples() -> tf.data.Dataset:
        import tensorflow as tf

        return tf.data.Dataset.from_tensor_slices({"image": images, "label": chosen.astype(np.int64)})

    return Part("train", len(images) if size is None else size, examples, num_classes)


def noise(count: int, height: int = 8, width: int = 8, channels: int = 1) -> np.ndarray:
    """Give random pictures, always the same."""
    return np.random.RandomState(0).randint(0, 256, (count, height, width, channels)).astype(np.uint8)


@pytest.fixture
def refusal(architecture: MakeArchitecture) -> Refusal:
    """Give a function that loads a data section and gives the refusal, without the excerpt of the file."""

    def refuse(data: dict[str, Any], shape: tuple[int, int, int] = (8, 8, 3), label: Label = "class") -> str:
        with pytest.raises(UserError) as error:
            load_data(architecture(shape, data=data, label=label))
        lines = str(error.value).splitlines()
        return "\n".join(line for line in lines if "|" not in line)

    return refuse
