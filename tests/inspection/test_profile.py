"""The trace for TensorBoard's profiler."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from cnnkeras.inspection.drawing import callbacks
from cnnkeras.inspection.profile import Profile
from cnnkeras.training.run_directory import RunDirectory
from tests.inspection.networks import architecture_of, data


def trained(folder: Path, steps: tuple[int, int], steps_per_execution: int = 1, skipped: int = 0) -> list[Path]:
    """Train six steps in two epochs with a profile of these; give the traces."""
    numbers = keras.Input((2,))
    model = keras.Model(numbers, keras.layers.Dense(1)(numbers))
    model.compile("sgd", "mse", steps_per_execution=steps_per_execution)
    model.fit(np.ones((12, 2)), np.ones(12), 4, 2, verbose=0, callbacks=[Profile(folder, steps, skipped)])
    return sorted(folder.glob("plugins/profile/*/*.xplane.pb"))


@pytest.mark.parametrize("steps_per_execution", [1, 3])
def test_traces_the_steps_in_the_middle(tmp_path: Path, steps_per_execution: int) -> None:
    """TensorBoard's profiler would have nothing to show."""
    (trace,) = trained(tmp_path, (2, 4), steps_per_execution)
    # The operations of the step are in it.
    assert b"MatMul" in trace.read_bytes()


def test_a_training_that_ends_early_is_traced_so_far(tmp_path: Path) -> None:
    """The trace would be lost, and the profiler would run on."""
    assert len(trained(tmp_path, (6, 100))) == 1


def test_says_that_there_were_too_few_steps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The user would look for a trace in vain."""
    assert trained(tmp_path, (7, 9)) == []
    assert capsys.readouterr().err == (
        "training.profile: nothing is traced: there were 6 steps, and step 7 was to be the first\n"
    )


def test_steps_are_counted_that_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A call of four that finds three would count one too many an epoch, and other steps be traced."""
    assert trained(tmp_path, (7, 9), steps_per_execution=4) == []
    assert "there were 6 steps" in capsys.readouterr().err


def test_steps_that_were_trained_before_do_not_count(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A resumed training would trace how it reads what it skips."""
    assert trained(tmp_path, (5, 9), skipped=2) == []
    assert "there were 4 steps" in capsys.readouterr().err


def test_the_file_asks_for_it(tmp_path: Path) -> None:
    """The field would do nothing."""
    architecture = architecture_of(tmp_path, training={"profile": [2, 3]})
    run = RunDirectory.create(tmp_path, "small", {}, {})
    assert [type(each).__name__ for each in callbacks(run, architecture, architecture.task, data())] == [
        "TensorBoardCallback",
        "Profile",
    ]
