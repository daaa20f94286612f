"""Which runs a folder on the command line means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from cnnkeras.errors import Diagnostic, RunError, UserError
from cnnkeras.training.mark import UNFINISHED
from cnnkeras.training.run_directory import RunDirectory

COMPARISON = "comparison.html"
# A run, an experiment's runs, or all experiments' runs.
DEPTHS = ("*/architecture.json", "*/*/architecture.json")


def newest(path: Path) -> Path:
    """Give the run or the export itself or, for the folder of an experiment's runs, the newest that is finished.

    Where none is, it is the newest that was stopped: what is asked of it can tell how to go on with it.
    """
    if (path / "architecture.json").exists() or (path / "saved_model.pb").exists():
        return path
    return _last(path, is_finished)


def stopped(path: Path) -> Path:
    """Give the run itself or, for the folder of an experiment's runs, the newest that is not finished, else its newest.

    Whether one can go on with it is told where it is opened.
    """
    if (path / "architecture.json").exists():
        return path
    return _last(path, lambda run: not is_finished(run))


def finished_runs(paths: Sequence[Path]) -> list[RunDirectory]:
    """Give the runs that are named, each once; a folder of runs means all of them that are finished.

    Raises UserError where a folder is or holds no run, RunError where a run that is named is not finished.
    """
    # A pattern of the shell's, runs/lenet5/*, also means the page that an earlier comparison has left there.
    folders = [path for path in paths if not (path.is_file() and path.name == COMPARISON)]
    found = {run.resolve(): run for path in folders for run in _named(path)}
    return [RunDirectory(run) for run in found.values()]


def left_out(paths: Sequence[Path]) -> list[Path]:
    """Give the runs in folders that are named which a comparison leaves out, as they are not finished."""
    return [run for path in paths for depth in DEPTHS for run in _below(path, depth) if not is_finished(run)]


def is_finished(path: Path) -> bool:
    """Tell whether a run's folder is whole."""
    return not (path / UNFINISHED).exists()


def _last(path: Path, wanted: Callable[[Path], bool]) -> Path:
    """Give the newest run in a folder that is as wanted, else the newest, else the folder itself."""
    runs = _below(path, DEPTHS[0])
    return next(reversed([run for run in runs if wanted(run)] or runs), path)


def _named(path: Path) -> list[Path]:
    if (path / "architecture.json").exists():
        run = RunDirectory.open(path)
        if not is_finished(path):
            reason = run.stopped.reason or "it has no figures of its test yet"
            raise RunError(f"{path} is not finished: {reason}", f"go on with it: {run.resume_command}")
        return [path]
    runs = [run for depth in DEPTHS for run in _below(path, depth)]
    if not runs:
        RunDirectory.open(path)
    done = [run for run in runs if is_finished(run)]
    if not done:
        message = f"none of its {len(runs)} runs is finished" if len(runs) > 1 else "its only run is not finished"
        hint = f"go on with it: {RunDirectory(runs[-1]).resume_command}"
        raise UserError(Diagnostic("run", "error", str(path), 0, 0, "", message, hint))
    return done


def _below(path: Path, depth: str) -> list[Path]:
    return sorted(file.parent for file in path.glob(depth))
