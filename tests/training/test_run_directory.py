"""The folder of a run: never two runs in one, whole files only, and a mark while it is unfinished."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cnnkeras.errors import RunError, UserError
from cnnkeras.training import hold, run_directory
from cnnkeras.training.atomic import write_atomically, write_text
from cnnkeras.training.mark import Mark
from cnnkeras.training.run_directory import RunDirectory


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def create(runs: Path) -> RunDirectory:
    return RunDirectory.create(runs, "lenet5", {"name": "lenet5"}, {"seed": 0})


def test_a_run_s_folder_has_the_layout_of_the_design(runs: Path) -> None:
    """Scripts that read runs would find nothing."""
    run = create(runs)
    assert run.path.parent == runs / "lenet5"
    assert sorted(os.listdir(run.path)) == [
        ".lock", "UNFINISHED", "architecture.json", "checkpoints", "environment.json", "export", "figures", "tensorboard",
    ]  # fmt: skip
    assert json.loads(run.architecture.read_text()) == {"name": "lenet5"}
    run.finish()
    assert not {".lock", "UNFINISHED"} & set(os.listdir(run.path))


def test_folders_that_a_copy_has_left_out_are_made_again(runs: Path) -> None:
    """A run would be said to lie on a full disk because a tool that copies leaves empty folders out."""
    run = create(runs)
    run.close()
    run.checkpoints.rmdir()
    again = RunDirectory.resume(run.path)
    assert again.checkpoints.is_dir()
    again.close()


def test_runs_that_begin_in_the_same_second_never_share_a_folder(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs would write into each other's files."""
    monkeypatch.setattr(run_directory, "TIME", "2026-01-31T12-00-00Z")
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: create(runs), range(16)))
    names = {run.path.name for run in made}
    assert len(names) == 16
    assert {"2026-01-31T12-00-00Z", "2026-01-31T12-00-00Z-2", "2026-01-31T12-00-00Z-16"} <= names
    for run in made:
        run.close()


def test_a_run_that_is_being_trained_is_not_resumed(runs: Path) -> None:
    """Two processes would train into one folder."""
    run = create(runs)
    with pytest.raises(RunError) as caught:
        RunDirectory.resume(run.path)
    assert str(caught.value) == f"another process is training {run.path}\n     = help: wait for it, or stop it first"
    run.close()
    RunDirectory.resume(run.path).close()


def test_a_run_that_is_finished_while_it_is_opened_is_not_resumed(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finished run would be trained over by a process that waited for its last second."""
    run = create(runs)
    run.close()
    lock = hold._lock

    def finish_then_lock(file: int) -> None:
        run.unfinished.unlink(missing_ok=True)
        lock(file)

    monkeypatch.setattr(hold, "_lock", finish_then_lock)
    with pytest.raises(UserError, match=r"error\[run\]: the run is finished\n"):
        RunDirectory.resume(run.path)


def test_a_run_that_can_not_be_held_is_told(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that is read-only, or on a file system without locks, would end in a traceback."""

    def fail(file: int) -> None:
        raise OSError(37, "No locks available")

    run = create(runs)
    run.close()
    monkeypatch.setattr(hold, "_lock", fail)
    with pytest.raises(RunError) as caught:
        RunDirectory.resume(run.path)
    assert str(caught.value) == (
        f"{run.path} can't be written: No locks available\n     = help: see to the folder's permissions; "
        "where its file system has no locks, copy the run to one that has"
    )
    with pytest.raises(RunError) as caught:
        create(runs)
    assert str(caught.value) == (
        f"no run can be kept in {runs}: No locks available\n     = help: name another folder with --runs"
    )
    assert os.listdir(runs / "lenet5") == [run.path.name]


def test_a_full_disk_is_told_with_the_command_that_goes_on(tmp_path: Path) -> None:
    """Hours of training would end in a traceback, or in a command that a space in the folder's name breaks."""
    run = create(tmp_path / "my runs")
    with pytest.raises(RunError) as caught, run.writing():
        raise OSError(28, "No space left on device")
    assert str(caught.value) == (
        "the run can't be written: No space left on device\n     = help: make room, or see to the folder's "
        f"permissions; then: python run.py --resume '{run.path}'"
    )
    with pytest.raises(BrokenPipeError), run.writing():
        raise BrokenPipeError
    run.close()


def test_what_can_not_be_resumed_is_told(runs: Path, tmp_path: Path) -> None:
    """A mistyped folder would end in a traceback, or a finished run be trained over."""
    hint = "     = help: name a folder such as runs/lenet5/2026-01-31T12-00-00Z"
    for path, text in (
        (tmp_path / "nowhere", "there is no such folder"),
        (tmp_path, "the folder is no run: it has no architecture.json"),
    ):
        with pytest.raises(UserError) as caught:
            RunDirectory.resume(path)
        assert str(caught.value) == f"{path}: error[run]: {text}\n{hint}"
    run = create(runs)
    run.finish()
    with pytest.raises(UserError) as caught:
        RunDirectory.resume(run.path)
    assert str(caught.value) == (
        f"{run.path}: error[run]: the run is finished\n"
        "     = help: train it further with more training.epochs, or start a new run"
    )


def test_a_finished_run_is_taken_and_given_back(runs: Path) -> None:
    """A run would be unfinished for a change that was refused, or two processes train it further."""
    run = create(runs)
    run.finish()
    taken = RunDirectory.resume(run.path, is_finished=True)
    # Whoever is killed now leaves a run that is finished still.
    assert not run.unfinished.exists()
    with pytest.raises(RunError, match="another process is training"):
        RunDirectory.resume(run.path, is_finished=True)
    taken.give_back()
    assert not run.unfinished.exists()
    taken = RunDirectory.resume(run.path, is_finished=True)
    taken.mark(Mark())
    taken.give_back()
    assert run.unfinished.read_text() == f"This run is not finished. To go on: python run.py --resume {run.path}\n"
    taken.close()


def test_a_place_that_can_not_be_written_is_told(tmp_path: Path) -> None:
    """A read-only folder or a file in the way would end in a traceback."""
    (tmp_path / "file").touch()
    with pytest.raises(RunError) as caught:
        create(tmp_path / "file")
    assert str(caught.value) == (
        f"no run can be kept in {tmp_path}/file: Not a directory\n     = help: name another folder with --runs"
    )


def test_what_a_killed_process_left_is_removed(runs: Path) -> None:
    """Each kill while a network is written would cost its size on the disk."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    run = create(runs)
    run.close()
    # In containers all processes have the same number.
    left = {f".model.{dead.pid}.keras", f".model.{os.getpid()}.keras", f".UNFINISHED.{dead.pid}"}
    others = {f".model.{os.getppid()}.keras", ".keep", ".model.0x1.keras", f".notes.{dead.pid}.txt"}
    for name in left | others:
        (run.path / name).touch()
    RunDirectory.resume(run.path).close()
    assert {file.name for file in run.path.glob(".*")} == others


def test_a_file_that_fails_half_way_leaves_the_old_one(tmp_path: Path) -> None:
    """A full disk would cost the last good checkpoint."""
    file = tmp_path / "state.json"
    write_text(file, "good")

    def fail(temporary: Path) -> None:
        temporary.write_text("ha")
        raise OSError("no space left on device")

    with pytest.raises(OSError, match="no space left"):
        write_atomically(file, fail)
    assert file.read_text() == "good"
    assert os.listdir(tmp_path) == ["state.json"]
