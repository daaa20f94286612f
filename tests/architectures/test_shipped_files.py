"""The files under architectures/: what a user reads, copies and starts from."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from cnnkeras.commands.reading import examine
from cnnkeras.layers.detection import BoxHead

pytestmark = pytest.mark.fast

FOLDER = Path(__file__).resolve().parents[2] / "architectures"
FILES = sorted(FOLDER.glob("*.json"))
SOURCE = re.compile(r"(arXiv:\d{4}\.\d{4,5}|doi:10\.\d{4,}/\S+|ISBN [\d-]+)")
YEAR = re.compile(r"\b(19|20)\d\d\b")

EXPECTED = {
    "all_convolutional", "alexnet", "deeplabv3plus", "digits", "fcn16s", "fcn32s", "fcn8s", "filters", "lenet5", "mlp", "plain56", "resnet50", "resnet56",
    "locate", "resnet152", "segnet", "unet", "unet_attention", "unet_backbone", "unet_membrane",
    "unet_pets", "unet_scenes", "vgg16", "vgg19",
    "yolo", "yolov8n_bccd", "yolov8n_scenes", "yolov8s_voc",
}  # fmt: skip


def test_all_are_there() -> None:
    """Otherwise a network that the README promises is missing."""
    assert {path.stem for path in FILES} >= EXPECTED


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_says_nothing_wrong(path: Path) -> None:
    """Otherwise a user's first `check` shows an error, or a warning that they learn to overlook."""
    _, analysis = examine(path)
    assert not analysis.diagnostics, "\n".join(map(str, analysis.diagnostics))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_everything_is_derived(path: Path) -> None:
    """Otherwise the table of `check` has holes for a network that we ship."""
    _, analysis = examine(path)
    figures = [(node.output_shape, node.parameters, node.macs) for node in analysis.nodes]
    assert all(figure is not None for node in figures for figure in node)
    # The rows of a detector's head are places of several maps; what a backbone's levels see is not derived.
    places = [node for node in analysis.nodes if not isinstance(node.node.layer, BoxHead)]
    if not any(node.type.endswith("Backbone") for node in analysis.nodes):
        assert all(node.receptive_field is not None for node in places)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_cites_its_source(path: Path) -> None:
    """Otherwise nobody can look up why the network is as it is."""
    description = json.loads(path.read_text(encoding="utf-8"))["description"]
    assert SOURCE.search(description)
    assert YEAR.search(description)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_is_found_and_completed(path: Path) -> None:
    """Otherwise a run's folder is called after another file, or the editor finds no schema."""
    content = json.loads(path.read_text(encoding="utf-8"))
    assert content["name"] == path.stem
    assert (path.parent / content["$schema"]).is_file()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_reads_on_a_screen(path: Path) -> None:
    """Otherwise a network is no longer a page: 80 lines, description apart none over 120 characters.

    A detector with its backbone, neck, heads, data and augmentation takes a page and a half.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    assert len(lines) <= (110 if '"type": "DetectionHead"' in path.read_text(encoding="utf-8") else 80)
    assert [line for line in lines if len(line) > 120 and '"description"' not in line] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_is_tested_on_pictures_that_chose_nothing(path: Path) -> None:
    """Otherwise the test's figures are those of the part by which the best epoch was chosen: too good, and unsaid."""
    split = json.loads(path.read_text(encoding="utf-8")).get("data", {}).get("split", {})
    named = [part for part in split.values() if isinstance(part, str)]
    assert len(named) == len(set(named))
