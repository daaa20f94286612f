"""Backbones in a file: their levels are taken by name, and what is wrong with one is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.analysis.analysis import Analysis, analyse
from cnnkeras.spec.load import load_architecture

pytestmark = pytest.mark.fast

BACKBONE = {
    "type": "ResNetBackbone",
    "stackwise_filters": [8, 16, 24],
    "stackwise_blocks": [1, 1, 1],
    "stackwise_strides": [1, 2, 2],
    "name": "backbone",
}


def check(tmp_path: Path, *layers: Any, **sections: Any) -> Analysis:
    """Analyse a file of these layers."""
    path = tmp_path / "small.json"
    path.write_text(json.dumps({"task": "x", "input": {"shape": [64, 64, 3]}, "layers": list(layers), **sections}))
    loaded = load_architecture(path)
    assert loaded.architecture is not None
    return analyse(loaded.architecture, [each for each in loaded.diagnostics if "no task" not in each.message])


def test_levels_are_taken_by_name(tmp_path: Path) -> None:
    """A decoder could not reach the maps that it needs."""
    small = {"type": "Conv2D", "filters": 4, "kernel_size": 1, "inputs": "backbone.P3"}
    analysis = check(tmp_path, BACKBONE, small)
    assert [(node.name, node.output_shape) for node in analysis.nodes] == [
        ("backbone", (4, 4, 96)),
        ("backbone.P3", (8, 8, 64)),
        ("conv2d_1", (8, 8, 4)),
    ]
    assert analysis.nodes[1].node.inputs == ("backbone",)


def test_levels_pass_through_blocks_and_outputs(tmp_path: Path) -> None:
    """A level could not be given to a block, or be an output."""
    blocks = {"twice": {"inputs": ["fine"], "layers": [{"type": "UpSampling2D", "inputs": "fine"}]}}
    layers = [BACKBONE, {"type": "twice", "inputs": ["backbone.P2"], "name": "up"}]
    analysis = check(tmp_path, *layers, blocks=blocks, outputs=["up", "backbone.P4"])
    assert [node.output_shape for node in analysis.nodes] == [(4, 4, 96), (16, 16, 32), (32, 32, 32), (4, 4, 96)]


def test_a_level_that_is_not_there(tmp_path: Path) -> None:
    """A user would guess which levels a backbone has."""
    analysis = check(tmp_path, BACKBONE, {"type": "ReLU", "inputs": "backbone.P5"})
    assert [(each.message, each.hint) for each in analysis.diagnostics if each.code == "inputs"] == [
        (
            'layers[1] ReLU: there is no layer "backbone.P5" above it',
            'use one of "backbone.P2", "backbone.P3", "backbone.P4"',
        )
    ]


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        (
            {"stackwise_blocks": [1, 1]},
            "stackwise_filters has 3 numbers, and stackwise_blocks has 2",
            "give each a number for every stack",
        ),
        (
            {"block_type": "basic_block"},
            "the first stack of basic blocks adds the stem's 16×16×64 as they are, and makes 16×16×8",
            "give the first stack 64 filters and strides of 1",
        ),
        (
            {"stackwise_strides": [1, 3, 2]},
            '"stackwise_strides" must be a list of strides, each 1 or 2, and it is [1, 3, 2]',
            None,
        ),
    ],
)
def test_what_does_not_fit(tmp_path: Path, change: dict[str, Any], message: str, hint: str | None) -> None:
    """KerasCV would fail with a traceback, or build something else."""
    analysis = check(tmp_path, BACKBONE | change)
    found = [each for each in analysis.diagnostics if each.severity == "error"]
    assert [(each.message, each.hint) for each in found] == [(f"layers[0] ResNetBackbone: {message}", hint)]
