"""What the tests of the analysis share: files written for the test, and what is found in them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.analysis.analysis import Analysis, analyse
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.load import Loaded, load_architecture

Load = Callable[[Any], Loaded]
Check = Callable[..., Analysis]
SHIPPED = sorted((Path(__file__).resolve().parents[2] / "architectures").glob("*.json"))


def content(*layers: Any, shape: Any = (28, 28, 1), **sections: Any) -> dict[str, Any]:
    """Give what a file with these layers holds."""
    return {"task": "classification", "input": {"shape": list(shape)}, "layers": list(layers), **sections}


def shipped(path: Path) -> Architecture:
    """Give a shipped architecture."""
    architecture = load_architecture(path, registry=REGISTRY).architecture
    assert architecture is not None
    return architecture


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Give a function that writes `file.json`, a text or a value, and loads it from there."""
    monkeypatch.chdir(tmp_path)

    def load_it(value: Any) -> Loaded:
        (tmp_path / "file.json").write_text(value if isinstance(value, str) else json.dumps(value))
        return load_architecture("file.json", registry=REGISTRY)

    return load_it


@pytest.fixture
def check(load: Load) -> Check:
    """Give a function that writes a file with these layers and analyses it."""

    def check_it(*layers: Any, text: str | None = None, **sections: Any) -> Analysis:
        loaded = load(content(*layers, **sections) if text is None else text)
        assert loaded.architecture is not None, loaded.diagnostics
        return analyse(loaded.architecture, loaded.diagnostics)

    return check_it
