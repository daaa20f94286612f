"""Reads pictures and labels from arrays."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cnnkeras.datasets.pictures.folders import refuse_folder, where_paths_count
from cnnkeras.datasets.source import SourceProblem
from cnnkeras.errors import reason_of

if TYPE_CHECKING:
    import numpy as np

# More classes than that are no classes, but numbers.
MOST_CLASSES = 1_000_000


@contextmanager
def open_arrays(path: str) -> Iterator[Mapping[str, np.ndarray]]:
    """Open a .npz file; an array is read when it is asked for, and never as Python objects, which could run code."""
    import numpy as np

    refuse_folder(path, (".npz",))
    try:
        arrays = np.load(Path(path).expanduser(), allow_pickle=False)
    except FileNotFoundError:
        raise SourceProblem(("path",), f"{path} is not there", where_paths_count()) from None
    except (OSError, ValueError, RuntimeError, EOFError, zipfile.BadZipFile) as error:
        reason = reason_of(error, "it is no .npz file, or broken")
        raise SourceProblem(("path",), f"{path} can't be read: {reason}", "write it with numpy.savez") from error
    if not hasattr(arrays, "files"):
        raise SourceProblem(("path",), f"{path} is one array, and not several", "write it with numpy.savez")
    with arrays:
        try:
            yield arrays
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
            raise SourceProblem(("path",), f"{path} can't be read: it is broken", "write it again") from error


def read_array(arrays: Mapping[str, np.ndarray], name: str, field: str) -> np.ndarray:
    """Give an array. Raises SourceProblem where it holds Python objects, is none, or is larger than the memory."""
    try:
        array = arrays[name]
    except MemoryError as error:
        hint = "it is larger than the memory, or the file is broken: write it again"
        raise SourceProblem((field,), f'"{name}" can\'t be read: there is no room for it', hint) from error
    except ValueError as error:
        hint = "save it as numbers, or labels as words: array.astype(str)"
        raise SourceProblem((field,), f'"{name}" holds Python objects, which are not read', hint) from error
    if isinstance(array, bytes):  # numpy gives what is no array as it is
        raise SourceProblem((field,), f'"{name}" is no array', "write the file with numpy.savez")
    return array


def to_pictures(array: np.ndarray) -> np.ndarray:
    """Give uint8 `(count, height, width, channels)`. Raises ValueError, "is …", for what is no such array."""
    if array.ndim not in (3, 4) or 0 in array.shape:
        raise ValueError(f"is {'×'.join(map(str, array.shape)) or 'one number'}, which is no array of pictures")
    if array.ndim == 4 and array.shape[3] > 4 and array.shape[1] <= 4:
        raise ValueError(f"is {'×'.join(map(str, array.shape))}, with the channels before height and width")
    if array.dtype.kind not in "ui":
        raise ValueError(f"is {array.dtype}, and what 1 stands for is not known")
    low, high = int(array.min()), int(array.max())
    if low < 0 or high > 255:
        raise ValueError(f"holds numbers from {low:,} to {high:,}")
    pictures = array.astype("uint8", copy=False)
    return pictures if array.ndim == 4 else pictures[..., None]


def element(array: str, place: int) -> str:
    """Give what a picture of an array is called, as NumPy writes it."""
    return f"{array}[{place}]"


def class_labels(labels: Sequence[np.ndarray]) -> tuple[str, ...]:
    """Give the classes: words in the order of their letters, or all numbers from 0 to the largest.

    Raises ValueError for labels that are neither.
    """
    import numpy as np

    kinds = {array.dtype.kind for array in labels}
    found = np.unique(np.concatenate([array.reshape(-1) for array in labels]))
    if kinds == {"U"}:
        return tuple(map(str, found))
    if not kinds <= {"u", "i"} or not len(found):
        raise ValueError(f"are {labels[0].dtype}")
    if found[0] < 0 or found[-1] >= MOST_CLASSES:
        raise ValueError(f"go from {found[0]:,} to {found[-1]:,}")
    return tuple(str(number) for number in range(int(found[-1]) + 1))
