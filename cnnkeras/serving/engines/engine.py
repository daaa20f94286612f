"""What every engine does: write a network into a file, and run the file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

import numpy as np

from cnnkeras.serving.engines.network import PortableNetwork

# From pictures, float32 (batch, height, width, channels) of the network's size, from 0 to 255, to outputs by name.
Run = Callable[[np.ndarray], dict[str, np.ndarray]]


class CannotTake(Exception):
    """An engine has no way to run this network. Its text is the reason, one sentence, and a cure after a line end."""


class Engine(ABC):
    """One kind of file."""

    # What its file's name ends in, after the experiment's name.
    ending: str
    # The extra of `pip install` that brings what it needs, where it needs more than cnnkeras does.
    extra: ClassVar[str | None] = None
    # Whether its numbers are float32, as the network's are: then its answers must be the network's.
    is_exact: bool = True

    @abstractmethod
    def write(self, network: PortableNetwork, file: Path, calibration: Sequence[np.ndarray]) -> None:
        """Write the network. `calibration` are pictures as the network takes them, from the data it learned from.

        Raises CannotTake where the engine can't run the network, ImportError where its packages are missing, OSError.
        """

    @abstractmethod
    def open(self, file: Path) -> Run:
        """Give what runs the file, with the engine itself."""
