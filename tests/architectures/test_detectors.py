"""The detectors that ship have the published sizes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.analysis.analysis import analyse
from cnnkeras.commands.registry import REGISTRY
from cnnkeras.spec.load import load_architecture

pytestmark = pytest.mark.fast

FOLDER = Path(__file__).resolve().parents[2] / "architectures"
# Filters of the stem and the four stages, the depth, and the millions of parameters for 80 classes that its makers
# publish (https://docs.ultralytics.com/models/yolov8).
SIZES = {
    "n": ((16, 32, 64, 128, 256), 1, 3.2),
    "s": ((32, 64, 128, 256, 512), 1, 11.2),
    "m": ((48, 96, 192, 384, 576), 2, 25.9),
    "l": ((64, 128, 256, 512, 512), 3, 43.7),
    "x": ((80, 160, 320, 640, 640), 3, 68.2),
}


def scaled(entry: dict[str, Any], filters: dict[int, int], depth: int) -> dict[str, Any]:
    """Give a layer of yolov8n as a larger size has it."""
    numbers = {key: filters[entry[key]] for key in ("filters",) if key in entry}
    if "depth" in entry:
        numbers["depth"] = entry["depth"] * depth
    if entry["type"] == "branches":
        numbers |= {"sides": max(64, filters[64] // 4), "classes": max(80, filters[64])}
    return entry | numbers


@pytest.mark.parametrize("size", SIZES)
def test_yolov8_has_its_published_size(tmp_path: Path, size: str) -> None:
    """A user would train another network than the one that they read of."""
    filters, depth, millions = SIZES[size]
    content = json.loads((FOLDER / "yolov8n_bccd.json").read_text(encoding="utf-8"))
    table = dict(zip((16, 32, 64, 128, 256), filters, strict=True))
    content["layers"] = [scaled(entry, table, depth) for entry in content["layers"]]
    content["data"] = {"source": "voc", "path": "nowhere", "num_classes": 80}
    content["input"]["shape"] = [640, 640, 3]
    (tmp_path / "yolov8.json").write_text(json.dumps(content))
    architecture = load_architecture(tmp_path / "yolov8.json", registry=REGISTRY).architecture
    assert architecture is not None
    analysis = analyse(architecture)
    assert analysis.nodes[-1].output_shape == (8400, 144)
    assert analysis.totals.parameters == pytest.approx(millions * 1e6, rel=0.01)


@pytest.mark.parametrize("side", [33, 200, 320])
def test_any_side_fits(tmp_path: Path, side: int) -> None:
    """A picture whose side is no multiple of 32 would be refused."""
    path = FOLDER / "yolov8n_bccd.json"
    architecture = load_architecture(path, [f"input.shape=[{side},{side},3]"], REGISTRY).architecture
    assert architecture is not None
    rows = -(-side // 32)
    assert analyse(architecture).nodes[-1].output_shape == (21 * rows * rows, 67)


def test_the_first_yolo_has_its_published_size() -> None:
    """It would not be that of the paper."""
    architecture = load_architecture(FOLDER / "yolo.json", registry=REGISTRY).architecture
    assert architecture is not None
    assert analyse(architecture).totals.parameters == 271_703_550
