"""Begins a network with the weights of one that was trained before: fine-tuning, and transfer to other classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

# Loading a network needs our Keras layers to be registered.
import cnnkeras.model.registry  # noqa: F401
from cnnkeras.errors import UserError, first_line, first_of
from cnnkeras.model.builder import build_model
from cnnkeras.spec.architecture import Architecture
from cnnkeras.training.setup import Setup

PATH = ("training", "initial_weights")
# So many layers that begin anew are named.
NAMED = 5


def build_to_train(architecture: Architecture, setup: Setup, begins: bool = True) -> tuple[Any, str | None]:
    """Build the network within the strategy's scope, as its training begins with it; say whose weights it has taken.

    Where the training does not begin, checkpoints have its weights. Raises UserError where the initial ones can't be
    had, or none of them fits.
    """
    with setup.strategy.value.scope():
        model = build_model(architecture, setup.precision.value)
        return model, take_initial_weights(model, architecture) if begins else None


def take_initial_weights(model: Any, architecture: Architecture) -> str | None:
    """Give each layer the weights of the layer of its name, where their shapes are the same; say which began anew.

    None where the file names no weights.
    """
    if architecture.training.initial_weights is None:
        return None
    file = _file(architecture)
    others = {layer.name: layer.get_weights() for layer in _loaded(file, architecture).layers}
    weighing = [layer for layer in model.layers if layer.weights]
    taken: list[Any] = []
    anew: list[Any] = []
    for layer in weighing:
        given = others.get(layer.name, [])
        fits = [weight.shape for weight in given] == [tuple(weight.shape) for weight in layer.weights]
        (taken if fits else anew).append(layer)
        if fits:
            layer.set_weights([np.asarray(weight) for weight in given])
    if not taken:
        message = f"no layer has the name and the shapes of one in {file}"
        raise _problem(architecture, message, "layers are matched by name: give those the names that they have there")
    names = [layer.name for layer in anew]
    begin = f"; anew: {first_of(names, NAMED)}" if names else ""
    return f"{len(taken)} of {len(weighing)} layers from {file}{begin}"


def _file(architecture: Architecture) -> Path:
    """Give the .keras file: the one that is named, that of the run, or of the newest run in the folder."""
    place = Path(architecture.training.initial_weights or "").expanduser()
    if place.suffix == ".keras":
        if place.is_file():
            return place
        raise _problem(architecture, f"{place} is not there", "name a run, or a .keras file")
    runs = [place, *sorted(place.glob("*"), reverse=True)]
    found = next((run / "model.keras" for run in runs if (run / "model.keras").is_file()), None)
    if found is None:
        what = f"there is no model.keras in {place}" if place.is_dir() else f"{place} is not there"
        raise _problem(architecture, what, "name a run, as runs/lenet5/2026-01-31T12-00-00Z, or a .keras file")
    return found


def _loaded(file: Path, architecture: Architecture) -> Any:
    try:
        return keras.models.load_model(file, compile=False)
    # Whatever is in the file, it is the user's.
    except Exception as error:
        message = f"{file} can't be read: {first_line(error)}"
        raise _problem(architecture, message, "name a run, or a file that Keras has saved") from error


def _problem(architecture: Architecture, message: str, hint: str) -> UserError:
    return UserError(architecture.document.diagnostic("training", PATH, message, hint))
