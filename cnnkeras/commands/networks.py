"""The best network of a run: as its end has left it or, before that, of the epochs so far."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras

# Loading a network needs our Keras layers to be registered.
import cnnkeras.model.registry  # noqa: F401
from cnnkeras.commands.reading import checked
from cnnkeras.commands.runs import is_finished
from cnnkeras.commands.settling import open_data
from cnnkeras.datasets.source import Data
from cnnkeras.errors import RunError, with_help
from cnnkeras.model.builder import build_model
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.checkpoint import Checkpoints
from cnnkeras.training.run_directory import RunDirectory
from cnnkeras.training.seen import differences, refuse_other_classes, see, seen_by


def open_run(directory: RunDirectory, changes: Sequence[str] = ()) -> tuple[Architecture, TrainableTask, Data, Any]:
    """Give a run's architecture, its task, its data and its best network; say where the data is not as it was.

    Raises UserError where the data has other classes than those that the network was trained for.
    """
    model = load_network(directory)
    architecture, task, data = open_data(checked(directory.architecture, changes)[0])
    seen, now = seen_by(directory), see(data, architecture)
    refuse_other_classes(seen, now, architecture)
    is_meant = any(word.startswith("data.") for word in changes)
    for name, change in ({} if is_meant else differences(seen, now)).items():
        print(f"data: {name} has {change}", file=sys.stderr)
    return architecture, task, data, model


def load_network(directory: RunDirectory) -> Any:
    """Give a run's best network, a Keras model; of a run that goes on, or was stopped, the best so far.

    Raises RunError where there is none yet.
    """
    if is_finished(directory.path):
        return keras.models.load_model(directory.model)
    go_on = f"go on with it: {directory.resume_command}"
    if (best := _best_so_far(directory)) is not None:
        model, which = best[0], f"the best network so far, of epoch {best[1]}"
    elif directory.model.is_file():
        model, which = keras.models.load_model(directory.model), "the network that it has kept so far"
    else:
        raise RunError(f"{directory.path} has kept no network yet", go_on)
    print(with_help(f"{directory.path} is not finished: this is {which}", go_on), file=sys.stderr)
    return model


def _best_so_far(directory: RunDirectory) -> tuple[Any, int] | None:
    """Build the network with the weights of the best epoch in the checkpoints, and give its number."""
    checkpoints = Checkpoints(directory.checkpoints, writes=False)
    state = checkpoints.read()
    if state.best is None:
        return None
    architecture, _ = checked(directory.architecture)
    model = build_model(architecture.with_num_classes(len(state.seen.classes)), _precision(directory.environment))
    try:
        checkpoints.restore_best(state, model)
    except RunError:
        # Who trains it may have found a better epoch meanwhile, and removed the file of this one.
        if checkpoints.read().best == state.best:
            raise
        return _best_so_far(directory)
    return model, state.best.epoch


def _precision(environment: Path) -> str:
    """Give the precision that the run was begun with; where that is lost, the one that weights have in any case."""
    try:
        return str(json.loads(environment.read_text("utf-8"))["precision"]["value"])
    except (OSError, ValueError, LookupError, TypeError):
        return "float32"
