"""The files of a checkpoint's arrays: the variables' values, in the variables' order."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from cnnkeras.errors import RunError, first_line
from cnnkeras.layers.base import Shape, show
from cnnkeras.training.atomic import write_atomically

# What the names of the sums begin with.
_SUM = "sum-"


class Broken(RunError):
    """A file of a checkpoint that is not there, or not whole."""


def write_arrays(path: Path, variables: Iterable[Any], sums: Iterable[Any] = ()) -> None:
    """Write the variables' values and the metrics' sums, in their order, whole or not at all. Raises OSError."""
    arrays = {f"{index:05d}": keras.ops.convert_to_numpy(variable) for index, variable in enumerate(variables)}
    arrays |= {f"{_SUM}{index:05d}": value for index, value in enumerate(sums)}
    write_atomically(path, lambda temporary: np.savez(temporary, allow_pickle=False, **arrays))


def assign_arrays(path: Path, variables: list[Any]) -> list[np.ndarray]:
    """Assign the variables; give the metrics' sums, if there are any. Raises RunError."""
    arrays, sums = _content(path)
    _check(path, arrays, variables)
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    return sums


def check_arrays(path: Path, variables: list[Any]) -> None:
    """Raise RunError where a file is broken, or another network's."""
    _check(path, _content(path)[0], variables)


def _content(path: Path) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Give the arrays of variables and the sums of metrics in a file."""
    try:
        # Opened here: NumPy leaves a file open that is no archive.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as content:
            arrays = {name: content[name] for name in sorted(content)}
    # A file that was cut off is no archive (ValueError, EOFError), or one whose parts don't add up.
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise Broken(f"the checkpoint {path} can't be read: {first_line(error)}", "start a new run") from error
    sums = [array for name, array in arrays.items() if name.startswith(_SUM)]
    return [array for name, array in arrays.items() if not name.startswith(_SUM)], sums


def _check(path: Path, arrays: list[np.ndarray], variables: list[Any]) -> None:
    if len(arrays) != len(variables):
        raise _other_network(path, f"{len(arrays)} arrays", f"{len(variables)} with its optimizer")
    for variable, array in zip(variables, arrays, strict=True):
        if array.shape != tuple(variable.shape):
            raise _other_network(path, _form(array.shape), f"{variable.path}, {_form(variable.shape)}, there")


def _form(shape: Shape) -> str:
    return f"an array {show(shape)}" if shape else "a single number"


def _other_network(path: Path, holds: str, has: str) -> RunError:
    return RunError(
        f"the checkpoint {path} holds {holds}, and the network has {has}",
        "go on with the layers, the optimizer and the precision that it was trained with, or start a new run",
    )
