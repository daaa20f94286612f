"""`data.augmentation` in a file, and what is said where it does not fit; the texts are the user's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.datasets.sources import SOURCES
from cnnkeras.layers import LAYERS
from cnnkeras.spec.augmentation import AUGMENTATIONS, COLORS
from cnnkeras.spec.load import load_architecture
from cnnkeras.spec.task import Registry
from cnnkeras.tasks import TASKS

pytestmark = pytest.mark.fast


def said(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    items: list[Any],
    task: str = "classification",
    shape: Any = (8, 8, 3),
    loss: Any = None,
) -> str:
    """Give what is wrong with a file that augments so."""
    monkeypatch.chdir(tmp_path)
    source = "digits" if task == "classification" else "scenes"
    content = {
        "task": task,
        "input": {"shape": list(shape)},
        "layers": [{"type": "ReLU"}],
        "data": {"source": source, "augmentation": items},
    }
    content |= {"training": {"loss": loss}} if loss else {}
    lines = [f'"{key}": {json.dumps(value)}' for key, value in content.items()]
    Path("file.json").write_text("{\n" + ",\n".join(lines) + "\n}")
    loaded = load_architecture("file.json", registry=Registry(sources=SOURCES, tasks=TASKS))
    return "\n".join(str(each) for each in loaded.diagnostics)


def test_names_alone_and_with_fields(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name without fields, or Keras's own fields, would be refused."""
    items = ["RandomFlip", {"type": "RandomRotation", "factor": 0.1}, {"type": "MixUp", "alpha": 0.4, "rate": 0.5}]
    assert said(tmp_path, monkeypatch, items) == ""


def test_labels_that_can_t_come_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A detector would be trained on pasted objects without boxes."""
    assert said(tmp_path, monkeypatch, ["RandomFlip", "CutMix"], "detection") == (
        "file.json:5:61: error[augmentation]: data: CutMix: takes classes and masks along, and the labels are boxes\n"
        '   5 | "data": {"source": "scenes", "augmentation": ["RandomFlip", "CutMix"]}\n'
        "     |                                                             ^\n"
        "     = help: use MixUp or Mosaic"
    )
    assert "MixUp: takes classes and boxes along, and the labels are masks" in said(
        tmp_path, monkeypatch, ["MixUp"], "segmentation"
    )
    assert "Mosaic: takes masks and boxes along, and the labels are classes" in said(tmp_path, monkeypatch, ["Mosaic"])


@pytest.mark.parametrize("fill_mode", ["reflect", "wrap"])
def test_mirrored_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fill_mode: str) -> None:
    """A detector would be shown objects that its labels know nothing of."""
    items = [{"type": "RandomZoom", "height_factor": 0.1, "fill_mode": fill_mode}]
    assert said(tmp_path, monkeypatch, items, "detection").startswith(
        f'file.json:5:105: error[augmentation]: data: RandomZoom: fill_mode "{fill_mode}" shows objects a second time, '
        "and there they have no box\n"
    )
    assert said(tmp_path, monkeypatch, items, "segmentation") == ""


def test_channels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keras's layer would fail in the middle of the first epoch."""
    items = [{"type": "RandomHue", "factor": 0.1}]
    text = said(tmp_path, monkeypatch, items, shape=(8, 8, 1))
    assert "error[augmentation]: data: RandomHue: takes 3 channels, and the input has 1 channel\n" in text
    assert text.endswith("     = help: use RandomBrightness or RandomContrast")


def test_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A crop larger than the picture, or pictures of any size, would stop the first step."""
    items = [{"type": "RandomCrop", "height": 9, "width": 4}]
    text = said(tmp_path, monkeypatch, items)
    assert "data: RandomCrop: a piece of 9×4 is larger than the input, 8×8\n" in text
    assert text.endswith("     = help: to take pieces of larger pictures, use input.resize")
    text = said(tmp_path, monkeypatch, ["RandomFlip"], shape=(None, 8, 3))
    assert "data: RandomFlip: takes pictures of one size, and input.shape leaves it free\n" in text
    assert text.endswith("     = help: give height and width, or leave it out")
    colors = [{"type": "RandomContrast", "factor": 0.1}]
    assert said(tmp_path, monkeypatch, colors, shape=(None, None, 3)) == ""


@pytest.mark.parametrize("loss", ["Hinge", {"type": "Sum", "losses": ["CategoricalCrossentropy", "Hinge"]}])
def test_losses_of_one_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loss: Any) -> None:
    """The loss would take the shares of two classes for something else."""
    text = said(tmp_path, monkeypatch, ["CutMix"], loss=loss)
    assert "data: CutMix: gives each picture shares of two classes, and the loss Hinge takes one class\n" in text
    assert text.endswith('     = help: use "CategoricalCrossentropy" as loss, or leave it out')
    assert said(tmp_path, monkeypatch, ["RandomFlip"], loss=loss) == ""


def test_every_color_is_an_augmentation_and_a_layer() -> None:
    """A layer's fields would be said in two places."""
    assert set(COLORS) <= set(AUGMENTATIONS) & set(LAYERS)
    for name in COLORS:
        fields = set(AUGMENTATIONS[name].model_fields) - {"rate", "except_last_epochs"}
        assert fields == set(LAYERS[name].model_fields) - {"trainable", "seed", "value_range"}
