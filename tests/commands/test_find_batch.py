"""`find-batch`: the largest batch that fits, and a run that asks for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cnnkeras.cli import main
from cnnkeras.commands import batch_search, find_batch, watched
from cnnkeras.commands.batch_search import MIB, Found
from cnnkeras.commands.find_batch import measured
from cnnkeras.commands.reading import read_architecture
from cnnkeras.errors import UserError
from cnnkeras.spec.batch_size import Unmeasured

Captured = pytest.CaptureFixture[str]
# One layer whose activations take 4 MiB a picture, forwards alone.
WIDE: dict[str, Any] = {
    "name": "wide",
    "task": "classification",
    "input": {"shape": [128, 128, 1]},
    "layers": [
        {"type": "Conv2D", "filters": 64, "kernel_size": 3, "padding": "same"},
        {"type": "ReLU"},
        {"type": "GlobalAveragePooling2D"},
        {"type": "Dense", "units": "num_classes", "activation": "softmax"},
    ],
    "data": {"source": "digits"},
    "training": {"epochs": 1, "batch_size": "auto", "precision": "float32"},
}


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file.json").write_text(json.dumps(WIDE, indent=1))


@pytest.mark.fast
def test_several_workers_need_a_number() -> None:
    """Each worker would train with a batch of its own."""
    architecture = read_architecture("file.json")[0]
    assert isinstance(architecture.training.batch_size, Unmeasured)
    with pytest.raises(UserError) as caught:
        measured(architecture, ["file.json"], is_alone=False)
    (found,) = caught.value.diagnostics
    assert (found.path, found.message, found.hint) == (
        "training.batch_size",
        'training: batch_size is "auto", and several workers were started, which all need the same',
        "find it with the command find-batch, and write the number",
    )


@pytest.mark.fast
def test_what_is_wrong_with_the_size_that_was_found_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The run would train with a section of defaults: other epochs, another optimizer, another loss."""
    trials = ({"size": 33, "fits": True, "memory": MIB},)
    monkeypatch.setattr(find_batch, "largest_batch", lambda *_: Found(33, 99, MIB, False, trials))
    words = ["file.json", 'training.devices=["CPU:0", "CPU:1"]']
    with pytest.raises(UserError) as caught:
        measured(read_architecture(words[0], words[1:])[0], words)
    (found,) = (each for each in caught.value.diagnostics if each.severity == "error")
    assert found.message == "training: a batch of 33 can't be spread evenly over 2 devices"


@pytest.mark.fast
def test_a_run_goes_on_with_a_number(capsys: Captured) -> None:
    """A resumed run would train with a batch that nobody measured."""
    assert main(["--resume", "runs/wide/1", "training.batch_size=auto"]) == 2
    assert capsys.readouterr().err == (
        "command line: error[resume]: --resume goes on with the run's own batch size, and training.batch_size=auto "
        "is none yet\n     = help: find it with the command find-batch, and give the number\n"
    )


@pytest.mark.slow
def test_a_process_that_takes_too_much_is_ended_and_the_answer_found(
    monkeypatch: pytest.MonkeyPatch, capsys: Captured
) -> None:
    """On a processor the system would kill the program, or another one, and say nothing."""
    with watched.Watched(["file.json"], 2**60) as process:
        assert process.said is not None
        base = process.said["memory"]
    monkeypatch.setattr(batch_search, "available_memory", lambda: int((base + 600 * MIB) / batch_search.SHARE))
    assert main(["find-batch", "file.json", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert 8 <= told["batch_size"] < 128
    assert all(trial["memory"] <= told["limit"] for trial in told["trials"] if trial["fits"])
    assert told["place"]["path"] == "training.batch_size"
    assert told["place"]["value"] == "auto"


@pytest.mark.slow
def test_a_run_that_asks_for_it_keeps_the_number(monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
    """A run could not be repeated or gone on with: another day another batch would be the largest."""
    monkeypatch.setattr(find_batch, "largest_batch", lambda words, _: Found(600, 1197, 2**30, False, (TRIED,)))
    small = {**WIDE, "input": {"shape": [28, 28, 1]}, "layers": [{"type": "Flatten"}, WIDE["layers"][-1]]}
    Path("file.json").write_text(json.dumps(small))
    assert main(["file.json"]) == 0
    captured = capsys.readouterr()
    assert "batch_size: 600 (the largest that fits, by 1 trials: it takes 900 MiB of the 1,024 that may be taken)" in (
        captured.err.splitlines()
    )
    run = Path(captured.out.splitlines()[-1])
    assert json.loads((run / "architecture.json").read_text())["training"]["batch_size"] == 600


TRIED = {"size": 600, "fits": True, "memory": 900 * MIB, "images_per_second": 1.0, "reason": None}


@pytest.mark.slow
def test_what_is_wrong_with_the_data_is_told_as_everywhere(capsys: Captured) -> None:
    """A mistake in the file would come as the traceback of another process."""
    content = {**WIDE, "data": {"source": "folder", "path": "nowhere"}}
    Path("file.json").write_text(json.dumps(content))
    assert main(["find-batch", "file.json"]) == 2
    assert "nowhere" in capsys.readouterr().err
