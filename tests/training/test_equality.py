"""Comparing one replica with several."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from cnnkeras.training import equality
from cnnkeras.training.few_steps import Steps

from .conftest import Make
from .test_processes import ROOT, last_line, start
from .test_workers import finish
from .test_workers import start as start_command


@pytest.mark.slow
def test_what_is_the_same_and_what_is_not(tmp_path: Path) -> None:
    """Replicas that train another network would be called the same, or the same ones different."""
    output, errors = start("unequal", tmp_path).communicate(timeout=240)
    assert output, errors
    same, other, summed = last_line(output)
    assert [difference["name"].partition(", at most")[0] for difference in same] == [
        "a batch of 16: loss",
        "a batch of 16: gradients",
        "a batch of 15: loss",
        "a batch of 15: gradients",
        "3 steps: accuracy",
        "3 steps: loss",
        "3 steps: weights",
    ]
    assert max(difference["distance"] for difference in same + summed) < 1e-9
    # Nothing is equal to nothing.
    assert min(difference["one"] for difference in same + summed if "at most" in difference["name"]) > 1e-3
    apart = {difference["name"].partition(", at most")[0]: difference["distance"] for difference in other}
    assert apart["a batch of 16: loss"] > 1e-3
    assert apart["a batch of 16: gradients"] > 1e-3


def test_what_is_no_number_is_never_the_same(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Averages that a batch shared out has spoiled would be passed over, behind others that are right."""
    right, spoiled = np.ones(3), np.array([1.0, np.nan, 1.0])

    def steps(*arrays: np.ndarray) -> list[Steps]:
        named = [(f"weight {number}", array) for number, array in enumerate(arrays)]
        return [Steps({"loss": 1.0}, named, named, named)] * 3

    outcomes = iter([steps(right, right), steps(right, spoiled)])
    monkeypatch.setattr(equality, "take_steps", lambda *_: next(outcomes))
    experiment = make()
    found = equality.compare(experiment.architecture, experiment.task, experiment.data.parts["train"], ["0", "1"])
    apart = [difference for difference in found if not difference.name.endswith("loss")]
    assert {difference.distance for difference in apart} == {float("inf")}
    assert all(difference.name.endswith("at most at weight 1") for difference in apart)


@pytest.mark.slow
def test_the_command(tmp_path: Path) -> None:
    """`verify` would end in a traceback, or not tell by its status what it found."""
    words = ["run.py", "verify", "architectures/lenet5.json", "--replicas", "3"]
    ((status, output, errors),) = finish([start_command([sys.executable, *words])])
    assert status == 0, errors
    assert errors.splitlines()[-1] == "one replica (CPU:0) against 3 (CPU:0, CPU:1, CPU:2)"
    assert output.splitlines()[-1] == "the same, to 1e-05 of each figure"
    assert ROOT.joinpath("architectures/lenet5.json").exists()
