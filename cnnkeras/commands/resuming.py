"""What a run is gone on with: its own file, with changes to its training. Needs no TensorFlow."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from cnnkeras.analysis.analysis import Analysis
from cnnkeras.commands.reading import checked, read_architecture
from cnnkeras.commands.runs import is_finished, stopped
from cnnkeras.errors import Diagnostic, UserError
from cnnkeras.spec.architecture import Architecture
from cnnkeras.spec.overrides import COMMAND_LINE
from cnnkeras.training.remaining import change_to_go_on, nothing_left
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.state import STATE, State, read_state


class GoingOn(NamedTuple):
    """The folder of a run, its file with the changes in it, and where it stands."""

    path: Path
    architecture: Architecture
    state: State
    changes: Sequence[str]
    is_finished: bool

    def read_again(self) -> GoingOn:
        """Give it as it is now that nobody else goes on with it. Raises as `to_go_on` does."""
        return _read(self.path, self.changes, checked)


def to_go_on(path: Path, changes: Sequence[str]) -> GoingOn:
    """Give what is gone on with, and print the file's warnings.

    Raises UserError where there is no such run, or a change does not go with it; RunError where its state is broken.
    """
    _check(changes)
    return _read(stopped(path), changes, read_architecture)


def _read(path: Path, changes: Sequence[str], read: Callable[..., tuple[Architecture, Analysis]]) -> GoingOn:
    directory = RunDirectory.open(path)
    architecture, _ = read(directory.architecture, changes)
    state = read_state(directory.checkpoints / STATE)
    finished = is_finished(path)
    if finished:
        _check_further(directory, architecture, state)
    elif architecture.training.epochs < state.epoch:
        message = f"training.epochs is {architecture.training.epochs}, and {state.epoch} were trained already"
        raise _wrong(message, f"give more, or training.epochs={state.epoch} to end with what there is")
    _compare_optimizers(architecture, state)
    return GoingOn(directory.path, architecture, state, changes, finished)


def _compare_optimizers(architecture: Architecture, state: State) -> None:
    """Raise UserError for another optimizer: moments of one kind may have the form of another's, and mean another."""
    before, now = state.optimizer, architecture.training.optimizer.type
    if before not in ("", now):
        message, hint = f"the checkpoints are {before}'s, and the optimizer is {now}", f"go on with {before}"
        place = ("training", "optimizer", "type")
        raise UserError(architecture.document.diagnostic("resume", place, message, f"{hint}, or start a new run"))


def _check_further(directory: RunDirectory, architecture: Architecture, state: State) -> None:
    """Raise UserError where a finished run has nothing left to train: it would be measured and exported once more.

    And where it would be trained from the beginning, over what it has come to.
    """
    if not state.epoch and not state.step and _was_trained(directory):
        anew = shlex.join(["python", "run.py", str(directory.architecture)])
        raise _finished(directory, "its checkpoints, to train it further from, are gone", f"start a new run: {anew}")
    if reason := nothing_left(architecture, state):
        change = change_to_go_on(architecture, state, epochs=max(1, state.epoch))
        hint = f"train it further, as in {directory.resume_command} {change}, or start a new run"
        raise _finished(directory, reason, hint)


def _was_trained(directory: RunDirectory) -> bool:
    return directory.history.is_file() and len(directory.history.read_text("utf-8").splitlines()) > 1


def _finished(directory: RunDirectory, reason: str, hint: str) -> UserError:
    message = f"the run is finished: {reason}"
    return UserError(Diagnostic("run", "error", str(directory.path), 0, 0, "", message, hint))


def _check(changes: Sequence[str]) -> None:
    if unwanted := [word for word in changes if not word.startswith(("training.", "data.on_problem"))]:
        message = f"--resume goes on with the run's own file, and {unwanted[0]} is no change to its training"
        raise _wrong(message, "leave it out, or start a new run")
    if "training.batch_size=auto" in (word.replace('"', "") for word in changes):
        message = "--resume goes on with the run's own batch size, and training.batch_size=auto is none yet"
        raise _wrong(message, "find it with the command find-batch, and give the number")


def _wrong(message: str, hint: str) -> UserError:
    return UserError(Diagnostic("resume", "error", COMMAND_LINE, 0, 0, "", message, hint))
