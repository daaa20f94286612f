"""CONTRIBUTING.md: its examples work, and the files that it names are there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest

from cnnkeras.analysis.analysis import Analysis, analyse
from cnnkeras.analysis.lints.finding import Finding, at
from cnnkeras.analysis.network import Network
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.layers.base import Layer, LayerProblem, Shape, show
from cnnkeras.layers.fields import Count
from cnnkeras.layers.regularization import Dropout
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.load import load_architecture
from tests.docs.examples import ROOT

pytestmark = pytest.mark.fast

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
EXAMPLES = [
    example.replace("\n   ", "\n") for example in re.findall(r"^   ```python\n   (.*?)\n   ```", TEXT, re.M | re.S)
]
# What the examples use.
NAMES = {
    "Count": Count, "Dropout": Dropout, "Finding": Finding, "Iterator": Iterator, "Layer": Layer,
    "LayerProblem": LayerProblem, "Literal": Literal, "Network": Network, "Shape": Shape, "at": at, "show": show,
}  # fmt: skip


def test_layer_example_works() -> None:
    """Otherwise someone who adds their first layer starts from a class that does nothing."""
    made: dict[str, Any] = {"__name__": __name__, **NAMES}
    exec(EXAMPLES[0], made)
    layer = made["RepeatVector"].model_validate({"type": "RepeatVector", "n": 3})
    assert layer.output_shape((5,)) == (3, 5)
    with pytest.raises(LayerProblem, match="needs a vector, and its input is 4×4×2"):
        layer.output_shape((4, 4, 2))


def test_lint_example_works() -> None:
    """Otherwise someone who adds their first lint starts from a function that finds nothing."""
    made: dict[str, Any] = dict(NAMES)
    exec(EXAMPLES[1], made)
    loaded = load_architecture(ROOT / "architectures/mlp.json", ("layers[2].rate=0.95",), REGISTRY)
    assert loaded.architecture is not None
    network = network_of(loaded.architecture, analyse(loaded.architecture))
    found = [finding.message for finding in made["wide_dropout"](network)]
    assert found == ["layers[2] Dropout: drops 95% of its input"]


def network_of(architecture: Architecture, analysis: Analysis) -> Network:
    """Give what a lint is given."""
    return Network(architecture, analysis.by_name)


def test_files_named_are_there() -> None:
    """Otherwise someone looks for a file that was moved."""
    named = re.findall(r"`((?:cnnkeras|tests|docs|architectures)/[\w./]*)`", TEXT)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []
