"""`find-rate`: from a file to a learning rate, and to where it stands in the file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cnnkeras.cli import main
from cnnkeras.commands.reading import read_architecture
from cnnkeras.spec.rate_change import rate_place
from tests.commands import test_detection_run, test_segmentation_run

Captured = pytest.CaptureFixture[str]
DIGITS: dict[str, Any] = {
    "name": "small",
    "task": "classification",
    "input": {"shape": [28, 28, 1]},
    "layers": [{"type": "Flatten"}, {"type": "Dense", "units": "num_classes", "activation": "softmax"}],
    "data": {"source": "digits"},
    "training": {"batch_size": 64, "optimizer": {"type": "Adam", "learning_rate": 0.01}},
}


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_rate_is_suggested_and_its_place_told(capsys: Captured) -> None:
    """A user would find a rate, and then look for where to write it."""
    Path("file.json").write_text(json.dumps(DIGITS, indent=1))
    assert main(["find-rate", "file.json", "--steps", "60", "--from", "1e-5", "--to", "1"]) == 0
    steps, fall, suggestion, place, figure = capsys.readouterr().out.splitlines()
    assert steps.startswith(f"{steps.split()[0]} steps, from a rate of 1e-05 to ")
    assert fall.startswith("the loss falls fastest at ")
    rate = float(suggestion.removeprefix("suggestion: ").split(",")[0])
    assert 1e-4 < rate < 0.3
    line = next(number for number, text in enumerate(Path("file.json").read_text().splitlines(), 1) if "0.01" in text)
    assert place == f"file.json:{line}:21: training.optimizer.learning_rate is 0.01"
    assert figure == "runs/small/find-rate/learning_rate.png"
    with Image.open(figure) as drawn:
        assert drawn.size == (900, 504)


@pytest.mark.parametrize("other", [test_segmentation_run.EXPERIMENT, test_detection_run.EXPERIMENT])
def test_masks_and_boxes_have_a_rate_too(capsys: Captured, other: dict[str, Any]) -> None:
    """The finder would be for classification only."""
    Path("file.json").write_text(json.dumps(other))
    assert main(["find-rate", "file.json", "--steps", "20", "--json", "--out", "here"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["name"], told["figure"]) == ("small", "here/learning_rate.png")
    assert 3 <= len(told["steps"]) <= 20
    assert {"rate", "loss", "smoothed"} == set(told["steps"][0])
    assert told["place"]["path"] == "training.optimizer.learning_rate"
    assert told["place"]["value"] is None
    assert not Path("runs").exists()


def test_a_rate_that_is_not_in_the_file_is_told(capsys: Captured) -> None:
    """A user would be sent to a place that says nothing of a learning rate."""
    # Every batch is the whole part: the loss stands still.
    training = {"optimizer": "sgd", "batch_size": 2000}
    Path("file.json").write_text(json.dumps({**DIGITS, "training": training}))
    assert main(["find-rate", "file.json", "--steps", "20", "--from", "1e-9", "--to", "1e-8"]) == 0
    _, fall, place, _ = capsys.readouterr().out.splitlines()
    assert fall == "the loss falls at none of them: try more --steps, another range, or another network"
    assert place.endswith(": training.optimizer.learning_rate is not in the file, and 0.01 then")


@pytest.mark.parametrize(
    ("rate", "path"),
    [
        (0.1, ()),
        ({"type": "CosineDecay", "initial_learning_rate": 0.1}, ("initial_learning_rate",)),
        (
            {"type": "CosineDecay", "initial_learning_rate": 0.0, "warmup_target": 0.1, "warmup_steps": 5},
            ("warmup_target",),
        ),
        ({"type": "PiecewiseConstantDecay", "boundaries": [5], "values": [0.1, 0.01]}, ("values", 0)),
    ],
)
def test_the_number_of_a_schedule_is_found(rate: Any, path: tuple[str | int, ...]) -> None:
    """With a schedule a user would change a number that is not the rate."""
    training = {"optimizer": {"type": "SGD", "learning_rate": rate}}
    Path("file.json").write_text(json.dumps({**DIGITS, "training": training}))
    architecture = read_architecture("file.json")[0]
    assert rate_place(architecture) == ("training", "optimizer", "learning_rate", *path)


def test_a_range_that_falls_is_refused(capsys: Captured) -> None:
    """The test would begin where every network is lost."""
    Path("file.json").write_text(json.dumps(DIGITS))
    for words, said in (
        (["--from", "1", "--to", "0.1"], "--from 1 must be below --to 0.1"),
        (["--from", "abc"], "argument --from: it must be a number above 0"),
    ):
        with pytest.raises(SystemExit) as caught:
            main(["find-rate", "file.json", *words])
        assert caught.value.code == 2
        assert capsys.readouterr().err.splitlines()[-1] == f"cnnkeras find-rate: error: {said}"


def test_a_folder_that_can_not_be_written_is_told(capsys: Captured) -> None:
    """Minutes of steps would end in a traceback."""
    Path("file.json").write_text(json.dumps(DIGITS))
    Path("taken").touch()
    assert main(["find-rate", "file.json", "--steps", "20", "--out", "taken/here"]) == 1
    assert capsys.readouterr().err.splitlines()[-2:] == [
        "taken/here can't be written: Not a directory",
        "     = help: name another folder with --out",
    ]
