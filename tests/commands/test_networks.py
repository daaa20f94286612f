"""Whose network a run answers with, and what its classes are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cnnkeras.cli import main
from tests.commands.runs import finished_run

EXPERIMENT = {
    "name": "colours",
    "task": "classification",
    "input": {"shape": [8, 8, 1]},
    "layers": [{"type": "Flatten"}, {"type": "Dense", "units": "num_classes", "activation": "softmax"}],
    "training": {"epochs": 1},
}


def paint(folder: Path, count: int, first: int = 0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(first, first + count):
        pixels = np.random.default_rng(hash(folder.name) % 1000 + number).integers(0, 256, (8, 8), np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a run on two folders of pictures, which lie beside it."""
    folder = tmp_path_factory.mktemp("networks")
    for name in ("dark", "light"):
        paint(folder / "pictures" / name, 10)
    data = {"source": "folder", "path": str(folder / "pictures")}
    return finished_run(folder, {**EXPERIMENT, "data": data})


def test_other_classes_are_refused(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A server would name every picture wrongly, without a word, after a folder was renamed."""
    dark = run.parents[2] / "pictures" / "dark"
    renamed = dark.rename(dark.with_name("night"))
    try:
        for words in (["export"], ["evaluate"], ["export", "--to", "keras"]):
            capsys.readouterr()
            assert main([words[0], str(run), *words[1:]]) == 2
            said = capsys.readouterr().err
            assert "error[data]: the classes are not those that it was trained on: dark gone, night new\n" in said
            assert said.endswith("     = help: give the data as it was, or start a new run\n")
    finally:
        renamed.rename(dark)
    assert [each.name for each in (run / "export").iterdir() if each.is_dir()] == ["1"]
    # Who makes room by deleting the checkpoints has the outcome still.
    (run / "checkpoints" / "state.json").rename(run / "state.json")
    paint(dark.with_name("new"), 10)
    try:
        assert main(["evaluate", str(run)]) == 2
        assert "it was trained on: new new\n" in capsys.readouterr().err
    finally:
        (run / "state.json").rename(run / "checkpoints" / "state.json")
        for file in dark.with_name("new").iterdir():
            file.unlink()
        dark.with_name("new").rmdir()


def test_other_pictures_are_told(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A figure would be set beside the run's, and be of other pictures."""
    assert main(["evaluate", str(run)]) == 0
    said = capsys.readouterr()
    assert "data: " not in said.err
    size = len(json.loads((run / "outcome.json").read_text())["data"]["parts"])
    assert size == 3
    for name in ("dark", "light"):
        paint(run.parents[2] / "pictures" / name, 20, first=10)
    assert main(["evaluate", str(run)]) == 0
    assert "data: train has 48 pictures, and had 16\n" in capsys.readouterr().err
