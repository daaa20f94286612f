"""What a run leaves: one folder of its own, whole, or marked as unfinished with the command that goes on."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cnnkeras.errors import Diagnostic, RunError, UserError, reason_of
from cnnkeras.training.atomic import remove_left, write_text
from cnnkeras.training.hold import Hold
from cnnkeras.training.mark import UNFINISHED, Mark

# Digits and dashes: a colon is not allowed in a file's name everywhere.
TIME = "%Y-%m-%dT%H-%M-%SZ"


class RunDirectory:
    """The files of one run, by what they are.

    It is the process's own while the process lives: a second one that would write into it is refused.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.architecture = path / "architecture.json"
        self.environment = path / "environment.json"
        self.history = path / "history.csv"
        self.metrics = path / "metrics.json"
        self.outcome = path / "outcome.json"
        self.report = path / "report.html"
        self.model = path / "model.keras"
        self.checkpoints = path / "checkpoints"
        self.tensorboard = path / "tensorboard"
        self.figures = path / "figures"
        self.export = path / "export"
        self.unfinished = path / UNFINISHED
        # False for the folder of a worker that is not the chief: it is taken away at the end.
        self.is_kept = True
        # True while nothing was done yet to a finished run that is to be trained further.
        self.was_finished = False
        self._hold = Hold(path)

    @classmethod
    @contextmanager
    def passing(cls) -> Iterator[RunDirectory]:
        """Give a folder for a process whose run another one keeps; it disappears at the end."""
        with tempfile.TemporaryDirectory(prefix="cnnkeras") as folder:
            run = cls(Path(folder))
            run.is_kept = False
            run.checkpoints.mkdir()
            yield run

    @classmethod
    def create(
        cls, runs: Path, name: str, architecture: Mapping[str, Any], environment: Mapping[str, Any]
    ) -> RunDirectory:
        """Make `runs/name/time/`, marked as unfinished. Raises RunError where that can't be done."""
        run = None
        try:
            run = cls(_new_folder(runs / name))
            run._take()
            run._make_folders()
            run.mark(Mark())
            write_json(run.architecture, architecture)
            write_json(run.environment, environment)
        except OSError as error:
            if run is not None:
                run.close()
                shutil.rmtree(run.path, ignore_errors=True)
            raise RunError(
                f"no run can be kept in {runs}: {reason_of(error)}", "name another folder with --runs"
            ) from error
        return run

    @classmethod
    def open(cls, path: Path) -> RunDirectory:
        """Give a run that is there, to read from. Raises UserError where there is none."""
        run = cls(path)
        if not run.architecture.is_file():
            what = (
                "there is no such folder" if not path.is_dir() else "the folder is no run: it has no architecture.json"
            )
            raise _user_error(path, what, "name a folder such as runs/lenet5/2026-01-31T12-00-00Z")
        return run

    @classmethod
    def resume(cls, path: Path, is_finished: bool = False) -> RunDirectory:
        """Give a run to go on with, or a finished one to train further: until it is marked, it can be given back.

        Raises UserError if there is none or it is finished meanwhile, RunError if it is taken.
        """
        run = cls.open(path)
        try:
            run._take()
            # Who held it may have finished it, since it was looked at.
            if not is_finished and not run.unfinished.exists():
                run.close()
                hint = "train it further with more training.epochs, or start a new run"
                raise _user_error(path, "the run is finished", hint)
            run.was_finished = is_finished
            run._make_folders()
            remove_left(run._files)
        except OSError as error:
            run.close()
            hint = "see to the folder's permissions; where its file system has no locks, copy the run to one that has"
            raise RunError(f"{path} can't be written: {reason_of(error)}", hint) from error
        return run

    @property
    def _files(self) -> tuple[Path, ...]:
        """Give the files that are written whole or not at all."""
        told = (self.architecture, self.environment, self.history, self.metrics, self.outcome)
        return (*told, self.report, self.model, self.unfinished)

    def _make_folders(self) -> None:
        """Make what is not there yet: tools that copy leave empty folders out."""
        for folder in (self.checkpoints, self.tensorboard, self.figures, self.export):
            folder.mkdir(exist_ok=True)

    @property
    def has_network(self) -> bool:
        """Tell whether the weights of an epoch are kept: at the end as a network, before as a checkpoint."""
        return self.model.is_file() or any(self.checkpoints.glob("best-*.npz"))

    @property
    def resume_command(self) -> str:
        """Give the command that goes on with the run, with the changes that it was marked with."""
        if not self.is_kept:
            return "start every worker again with --resume and the folder that the chief names"
        return self._resume_with(self.stopped)

    @property
    def stopped(self) -> Mark:
        """Tell why the run was stopped, where going on alone would end as before."""
        return Mark.read(self.unfinished)

    def mark(self, mark: Mark) -> None:
        """Say in the run why it was stopped. Raises OSError."""
        self.was_finished = False
        mark.write(self.unfinished, self._resume_with(mark))

    def _resume_with(self, mark: Mark) -> str:
        return f"python run.py --resume {shlex.quote(str(self.path))} {mark.changes}".rstrip()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Turn an OSError, of a full disk or a folder that can't be written, into a RunError that says how to go on."""
        try:
            yield
        except BrokenPipeError:  # not the run's: whoever read our output went away
            raise
        except OSError as error:
            hint = f"make room, or see to the folder's permissions; then: {self.resume_command}"
            if not os.path.exists(self.path):
                hint = "its folder was moved or removed: go on with it where it is, or start a new run"
            raise RunError(f"the run can't be written: {reason_of(error)}", hint) from error

    def finish(self) -> None:
        """Take the mark away: everything is there."""
        self.unfinished.unlink(missing_ok=True)
        self.close()

    def give_back(self) -> None:
        """Leave a finished run as it was, where nothing was done to it yet."""
        if self.was_finished:
            self.close()

    def close(self) -> None:
        """Leave the folder to others, unfinished as it may be."""
        self._hold.leave()

    def _take(self) -> None:
        """Hold it, so that nobody else goes on with it. Raises RunError where another does, OSError if it can't be."""
        try:
            self._hold.take()
        except BlockingIOError:
            raise RunError(f"another process is training {self.path}", "wait for it, or stop it first") from None


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file, whole or not at all."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _new_folder(parent: Path) -> Path:
    """Make a folder named after the time; mkdir itself decides between runs that begin in the same second."""
    parent.mkdir(parents=True, exist_ok=True)
    name = datetime.now(UTC).strftime(TIME)
    number = 1
    while True:
        path = parent / (name if number == 1 else f"{name}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            number += 1
        else:
            return path


def _user_error(path: Path, message: str, hint: str) -> UserError:
    return UserError(Diagnostic("run", "error", str(path), 0, 0, "", message, hint))
