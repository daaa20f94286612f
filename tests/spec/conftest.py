"""What the tests of the format share: files written for the test, and a small registry."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from cnnkeras.layers.base import LayerProblem, Shape
from cnnkeras.spec.data import DataSection
from cnnkeras.spec.load import Loaded, load_architecture
from cnnkeras.spec.task import Registry, Task


class Pictures(DataSection):
    source: Literal["pictures"]
    folder: str = "here"

    def class_names(self) -> tuple[str, ...] | None:
        return ("cat", "dog", "owl")


class Labels(Task):
    name = "classification"
    label = "class"
    sees_whole = True
    losses = ()
    metrics = ()

    def check_output(self, shape: Shape, num_classes: int | None) -> LayerProblem | None:
        return None


REGISTRY = Registry(sources={"pictures": Pictures}, tasks={"classification": Labels()})
Load = Callable[..., Loaded]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Give a function that writes `file.json`, a text or a value, and loads it from there."""
    monkeypatch.chdir(tmp_path)

    def load_it(content: Any, *changes: str) -> Loaded:
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / "file.json").write_text(text)
        return load_architecture("file.json", changes, REGISTRY)

    return load_it


def experiment(*layers: Any, **sections: Any) -> dict[str, Any]:
    """Give the content of a valid file with these layers and further sections."""
    return {"task": "classification", "input": {"shape": [28, 28, 1]}, "layers": list(layers), **sections}
