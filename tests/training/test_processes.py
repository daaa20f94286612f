"""What only a process of its own can show: signals, sudden death, several devices."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


def start(name: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    command = [sys.executable, "-m", "tests.training.processes", name, str(folder)]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def last_line(stream: IO[str] | str | None) -> Any:
    assert stream is not None
    text = stream if isinstance(stream, str) else stream.read()
    return json.loads(text.strip().splitlines()[-1])


def test_ctrl_c_keeps_the_best_network_and_says_how_to_go_on(tmp_path: Path) -> None:
    """Ctrl-C would end in a traceback, with hours of training gone."""
    process = start("endless", tmp_path)
    assert process.stdout is not None
    run = Path(process.stdout.readline().strip())
    assert process.stdout.readline() == "epoch 1\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    history = pd.read_csv(run / "history.csv")
    best = history.sort_values(["val_accuracy", "val_loss"], ascending=[False, True]).iloc[0]
    state = json.loads((run / "checkpoints" / "state.json").read_text())
    step = f"step {state['step']} of 6 in epoch {len(history) + 1}" if state["step"] else f"epoch {len(history)}"
    assert errors.strip().splitlines()[-2:] == [
        f"stopped by Ctrl-C after {step} of 100000; the best network so far, of epoch "
        f"{best['epoch']:.0f} (val_accuracy {best['val_accuracy']:.4f}), is {run}/model.keras",
        f"     = help: to go on: python run.py --resume {run}",
    ]
    assert (run / "model.keras").exists()
    assert (run / "UNFINISHED").read_text() == (f"This run is not finished. To go on: python run.py --resume {run}\n")


@pytest.mark.parametrize("steps_per_execution", [1, 4])
def test_a_killed_and_resumed_training_is_the_same_bit_by_bit(tmp_path: Path, steps_per_execution: int) -> None:
    """A training that was killed could not be repeated, nor its result be trusted."""
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    for folder in (whole, killed):
        folder.mkdir()
        (folder / "steps_per_execution").write_text(str(steps_per_execution))
    uninterrupted = start("deterministic", whole)
    (killed / "die").touch()
    dying = start("deterministic", killed)
    dying.communicate(timeout=120)
    assert dying.returncode == 9
    (checkpoint,) = killed.glob("runs/*/*/checkpoints/epoch-2-step-*.npz")
    assert checkpoint.name == f"epoch-2-step-{3 if steps_per_execution == 1 else 4}.npz"
    (killed / "die").unlink()
    (killed / "resume").touch()
    resumed = start("deterministic", killed)
    outcomes = [last_line(process.communicate(timeout=120)[0]) for process in (uninterrupted, resumed)]
    for outcome in outcomes:
        for epoch in outcome["history"]:
            del epoch["seconds"], epoch["images_per_second"]
    assert outcomes[0] == outcomes[1]


def test_two_devices_train_the_same_network_as_one(tmp_path: Path) -> None:
    """Two GPUs would train another network than one, or none."""
    output, errors = start("replicas", tmp_path).communicate(timeout=240)
    assert output, errors
    one, two, other = last_line(output)
    for outcome in (two, other):
        assert outcome["saved"]
        assert outcome["sum"] == pytest.approx(one["sum"], rel=1e-4)
        for before, after in zip(one["history"], outcome["history"], strict=True):
            for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
                assert after[name] == pytest.approx(before[name], rel=1e-4), name


def test_a_disk_that_is_full_loses_nothing_that_was_saved(tmp_path: Path) -> None:
    """The checkpoint that was whole would be cut off by the one that found no room."""
    output, errors = start("full_disk", tmp_path).communicate(timeout=240)
    assert output, errors
    outcome = last_line(output)
    assert outcome["message"] == (
        "the run can't be written: File too large\n"
        "     = help: make room, or see to the folder's permissions; then: "
        f"python run.py --resume {outcome['run']}"
    )
    assert outcome["left"] == ["best-1.npz", "epoch-1.npz", "state.json"]
    assert (outcome["epochs"], outcome["then"]) == (1, 3)
