"""The whole state of a training after an epoch, or in the middle of one: all that going on needs, to the last bit.

    checkpoints/state.json            which epoch and step, the history, the best so far, what the callbacks remember
    checkpoints/epoch-7.npz           the network's and the optimizer's arrays after seven epochs
    checkpoints/epoch-7-step-120.npz  those, and the running sums of the metrics, 120 steps into the eighth; the file
                                      of the epoch's beginning stays beside it
    checkpoints/best-5.npz            the network's arrays after the best epoch

state.json is replaced last and names the other two, so that a process killed at any moment leaves a whole state.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np
from pydantic import TypeAdapter, ValidationError

from cnnkeras.errors import RunError, first_line
from cnnkeras.layers.base import show
from cnnkeras.training.atomic import write_atomically, write_text

STATE = "state.json"


class Broken(RunError):
    """A file of a checkpoint that is not there, or not whole."""


@dataclass
class Best:
    """The best epoch so far, counted from 1, and its figures."""

    epoch: int
    value: float
    loss: float


@dataclass
class State:
    """Where a training stands. `epoch` is how many are done, `callbacks` what each of them remembers.

    `step` is how many steps of the next epoch are done, in `seconds`, `learning_rate` the one that it began with.
    """

    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    learning_rate: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)
    best: Best | None = None
    callbacks: dict[str, dict[str, Any]] = field(default_factory=dict)
    stopped: bool = False
    # The batch size that `step` counts with; 0 where it is not known.
    batch_size: int = 0
    # The learning rate that the file had, where it was a number: the optimizer's own may have been reduced since.
    file_rate: float | None = None
    # These two as they were when the arrays of the epoch's beginning were written.
    began_with: tuple[int, float | None] = (0, None)

    def count_in(self, batch_size: int, steps_per_epoch: int) -> bool:
        """Count the steps of this epoch in batches of another size: no picture is left out, a few may come twice.

        Tells whether it is another size.
        """
        is_other = self.batch_size not in (0, batch_size)
        if is_other:
            self.step = self.step * self.batch_size // batch_size
        # The last batch of an epoch may have been no whole one.
        self.step = min(self.step, steps_per_epoch)
        self.batch_size = batch_size
        return is_other

    def follow(self, rate: Any, optimizer: Any) -> None:
        """Take the file's learning rate where it is another number than before; the checkpoint has the old one's."""
        given = float(rate) if isinstance(rate, int | float) else None
        if None not in (given, self.file_rate) and given != self.file_rate:
            optimizer.learning_rate = given
        self.file_rate = given

    def describe(self) -> str:
        """Say how far it is: after epoch 3 and 16 steps."""
        if not self.epoch and not self.step:
            return "from the beginning: no step was saved"
        steps = f" and {self.step} steps" if self.step else ""
        return f"after epoch {self.epoch}{steps}"


class Checkpoints:
    """The folder of one run's checkpoints. Its methods raise OSError where the folder can't be written."""

    def __init__(self, folder: Path, writes: bool = True) -> None:
        self.folder = folder
        self.writes = writes

    def read(self) -> State:
        """Give the state of the last whole checkpoint; a fresh one where there is none. Raises RunError."""
        path = self.folder / STATE
        if not path.exists():
            return State()
        try:
            content = json.loads(path.read_bytes())
            # It only looks: what it makes has numbers with a point where there was none.
            TypeAdapter(State).validate_python(content)
            best = content.pop("best")
            return State(**content, best=best and Best(**best))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise RunError(f"the checkpoint {path} can't be read: {_reason(error)}", "start a new run") from error

    def save(self, state: State, model: keras.Model, is_best: bool, sums: Sequence[np.ndarray] = ()) -> None:
        """Write everything for `state`, then remove what it replaces. `sums` are the metrics' in a running epoch."""
        if not self.writes:
            return
        _write_arrays(self._last(state), [*model.variables, *model.optimizer.variables, *sums])
        if is_best:
            _write_arrays(self._best(state.epoch), _averaged(model))
        write_text(self.folder / STATE, json.dumps(asdict(state), indent=1) + "\n")
        # The epoch's beginning stays, to go back to.
        kept = {STATE, self._last(state).name, self._beginning(state).name}
        kept |= {self._best(state.best.epoch).name} if state.best else set()
        for file in self.folder.iterdir():
            if file.name not in kept:
                file.unlink(missing_ok=True)

    def go_back(self, state: State) -> None:
        """Take a state in the middle of an epoch back to the epoch's beginning, as far as that is there."""
        if not state.step or not self.writes or (state.epoch and not self._beginning(state).exists()):
            return
        last = self._last(state)
        state.step, state.seconds = 0, 0.0
        state.batch_size, state.file_rate = state.began_with
        write_text(self.folder / STATE, json.dumps(asdict(state), indent=1) + "\n")
        last.unlink(missing_ok=True)

    def restore(self, state: State, model: keras.Model) -> list[np.ndarray]:
        """Give the network and the optimizer the arrays of `state`; return the metrics' sums. Raises RunError."""
        return _assign(self._last(state), [*model.variables, *model.optimizer.variables], state.step > 0)

    def check_best(self, state: State, model: keras.Model) -> None:
        """Look whether the best epoch's arrays are whole and the network's. Raises RunError."""
        if state.best is not None:
            _read(self._best(state.best.epoch), model.variables)

    def restore_best(self, state: State, model: keras.Model) -> None:
        """Give the network the arrays of the best epoch. Raises RunError."""
        if state.best is not None:
            _assign(self._best(state.best.epoch), model.variables)

    def _last(self, state: State) -> Path:
        return self.folder / f"epoch-{state.epoch}-step-{state.step}.npz" if state.step else self._beginning(state)

    def _beginning(self, state: State) -> Path:
        return self.folder / f"epoch-{state.epoch}.npz"

    def _best(self, epoch: int) -> Path:
        return self.folder / f"best-{epoch}.npz"


def _reason(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return first_line(error)
    first = error.errors()[0]
    place = ".".join(map(str, first["loc"]))
    return f"{place}: {first['msg']}" if place else first["msg"]


def _averaged(model: keras.Model) -> list[Any]:
    """Give the network's variables, with the optimizer's moving averages in place of those that have one."""
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if not optimizer.use_ema:
        return list(model.variables)
    pairs = zip(model.trainable_variables, optimizer._model_variables_moving_average, strict=True)
    averages = {id(variable): average for variable, average in pairs}
    return [averages.get(id(variable), variable) for variable in model.variables]


def _write_arrays(path: Path, variables: Iterable[Any]) -> None:
    arrays = {f"{index:05d}": keras.ops.convert_to_numpy(variable) for index, variable in enumerate(variables)}
    write_atomically(path, lambda temporary: np.savez(temporary, allow_pickle=False, **arrays))


def _assign(path: Path, variables: list[Any], has_more: bool = False) -> list[np.ndarray]:
    """Assign the variables; give what the file has beyond them, where it may have more."""
    arrays = _read(path, variables, has_more)
    for variable, array in zip(variables, arrays, strict=False):
        variable.assign(array)
    return arrays[len(variables) :]


def _read(path: Path, variables: list[Any], has_more: bool = False) -> list[np.ndarray]:
    """Give the arrays of a file, those for the variables first. Raises RunError where it is broken, or another's."""
    try:
        # Opened here: NumPy leaves a file open that is no archive.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            arrays = [content[name] for name in sorted(content)]
    # A file that was cut off is no archive (ValueError, EOFError), or one whose parts don't add up.
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise Broken(f"the checkpoint {path} can't be read: {first_line(error)}", "start a new run") from error
    if len(arrays) < len(variables) or (len(arrays) > len(variables) and not has_more):
        raise _other_network(path, f"{len(arrays)} arrays", f"{len(variables)} with its optimizer")
    for variable, array in zip(variables, arrays, strict=False):
        if array.shape != tuple(variable.shape):
            raise _other_network(path, f"an array {show(array.shape)}", f"{variable.path} {show(variable.shape)} there")
    return arrays


def _other_network(path: Path, holds: str, has: str) -> RunError:
    return RunError(
        f"the checkpoint {path} holds {holds}, and the network has {has}",
        "go on with the layers and the optimizer that it was trained with, or start a new run",
    )
