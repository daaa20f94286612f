"""Whose network a run answers with, and what its classes are."""

from __future__ import annotations

import csv
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


def test_other_data_is_measured_whole(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pictures that came later could be measured only by moving them among those of the training."""
    for name in ("dark", "light"):
        paint(tmp_path / name, 6, first=50)
    assert main(["evaluate", str(run), f"data.path={tmp_path}"]) == 0
    said = capsys.readouterr()
    assert "measuring on all 12 pictures\n" in said.err
    assert "and had" not in said.err
    (figures,) = json.loads(said.out).values()
    right = _named_rightly(run, tmp_path, capsys)
    assert figures["accuracy"] == pytest.approx(sum(right) / 12)
    assert main(["evaluate", str(run), "training.epochs=2"]) == 2
    assert capsys.readouterr().err == (
        "command line: error[evaluate]: evaluate takes changes to the data, and training.epochs=2 is none\n"
        "     = help: write what is otherwise, as in data.path=new\n"
    )
    (tmp_path / "dark").rename(tmp_path / "night")
    assert main(["evaluate", str(run), f"data.path={tmp_path}"]) == 2
    assert "the classes are not those that it was trained on" in capsys.readouterr().err


def _named_rightly(run: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> list[bool]:
    """Tell of each picture whether `predict` gives it the name of its folder."""
    assert main(["predict", str(run), str(folder)]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    return [Path(row["file"]).parent.name == row["label"] for row in rows]


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
