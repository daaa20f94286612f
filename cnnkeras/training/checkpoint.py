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
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import keras
import numpy as np

from cnnkeras.errors import RunError
from cnnkeras.training.arrays import Broken, assign_arrays, check_arrays, write_arrays
from cnnkeras.training.atomic import write_text
from cnnkeras.training.optimizers import with_rate
from cnnkeras.training.state import STATE, State, read_state

# Files of ours, and what a process that was killed left of one.
_OURS = re.compile(r"\.?(epoch-[0-9]+(-step-[0-9]+)?|best-[0-9]+|state)(\.[0-9]+)?\.(npz|json)")


class Checkpoints:
    """The folder of one run's checkpoints. Its methods raise OSError where the folder can't be written."""

    def __init__(self, folder: Path, writes: bool = True) -> None:
        self.folder = folder
        self.writes = writes

    def read(self) -> State:
        """Give the state of the last whole checkpoint; a fresh one where there is none. Raises RunError."""
        file = self.folder / STATE
        # The first checkpoint's arrays are there before the state is, those of a later one never.
        later = sorted(each.name for each in self._files() if _epoch(each.name) > 1)
        if later and not file.exists():
            raise RunError(
                f"{file} is not there, and {later[-1]} is, which it belongs to", "give it back, or start anew"
            )
        return read_state(file)

    def save(self, state: State, model: keras.Model, is_best: bool, sums: Sequence[np.ndarray] = ()) -> None:
        """Write everything for `state`, then remove what it replaces. `sums` are the metrics' in a running epoch."""
        if not self.writes:
            return
        write_arrays(self._last(state), [*model.variables, *model.optimizer.variables], sums)
        if is_best:
            write_arrays(self._best(state.epoch), _averaged(model))
        write_text(self.folder / STATE, json.dumps(asdict(state), indent=1) + "\n")
        # The epoch's beginning stays, to go back to.
        kept = {STATE, self._last(state).name, self._beginning(state).name}
        kept |= {self._best(state.best.epoch).name} if state.best else set()
        for file in self._files():
            if file.name not in kept:
                file.unlink(missing_ok=True)

    def go_back(self) -> None:
        """Take what was saved in the middle of an epoch back to the epoch's beginning, as far as that is there.

        Raises OSError, and RunError where what was saved can't be read.
        """
        state = self.read()
        if not state.step or not self.writes or (state.epoch and not self._beginning(state).exists()):
            return
        last = self._last(state)
        state.begin_anew()
        write_text(self.folder / STATE, json.dumps(asdict(state), indent=1) + "\n")
        last.unlink(missing_ok=True)

    def restore(self, state: State, model: keras.Model) -> list[np.ndarray]:
        """Give the network and the optimizer the arrays of `state`; return the metrics' sums. Raises RunError.

        Where those within an epoch are broken, `state` goes back to the epoch's beginning. A learning rate that was a
        number and is a schedule now, or the other way round, stays the file's.
        """
        try:
            return assign_arrays(self._last(state), _variables(state, model))
        except Broken as error:
            if not state.step or not self._beginning(state).exists():
                raise
            print(f"{error.message}; going on from the beginning of epoch {state.epoch + 1}", file=sys.stderr)
            state.begin_anew()
            return assign_arrays(self._last(state), _variables(state, model))

    def check_best(self, state: State, model: keras.Model) -> None:
        """Look whether the best epoch's arrays are whole and the network's. Raises RunError."""
        if state.best is not None:
            check_arrays(self._best(state.best.epoch), model.variables)

    def restore_best(self, state: State, model: keras.Model) -> None:
        """Give the network the arrays of the best epoch. Raises RunError."""
        if state.best is not None:
            assign_arrays(self._best(state.best.epoch), model.variables)

    def _files(self) -> list[Path]:
        """Give the files of checkpoints; what somebody else put there is not ours."""
        return [each for each in self.folder.glob("*") if _OURS.fullmatch(each.name)]

    def _last(self, state: State) -> Path:
        return self.folder / f"epoch-{state.epoch}-step-{state.step}.npz" if state.step else self._beginning(state)

    def _beginning(self, state: State) -> Path:
        return self.folder / f"epoch-{state.epoch}.npz"

    def _best(self, epoch: int) -> Path:
        return self.folder / f"best-{epoch}.npz"


def _variables(state: State, model: keras.Model) -> list[Any]:
    """Give the variables whose arrays stand in the file of `state`."""
    return [*model.variables, *with_rate(model.optimizer, state.terms.learning_rate is not None)]


def _averaged(model: keras.Model) -> list[Any]:
    """Give the network's variables, with the optimizer's moving averages in place of those that have one."""
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    if not optimizer.use_ema:
        return list(model.variables)
    pairs = zip(model.trainable_variables, optimizer._model_variables_moving_average, strict=True)
    averages = {id(variable): average for variable, average in pairs}
    return [averages.get(id(variable), variable) for variable in model.variables]


def _epoch(name: str) -> int:
    """Give after how many epochs a file's arrays were written, 0 for one that tells of none."""
    match = re.match(r"epoch-([0-9]+)", name)
    return int(match[1]) if match else 0
