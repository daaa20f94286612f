"""What answers encoded pictures: a run's export or, at thresholds of the user's, its network."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

from cnnkeras.errors import RunError, UserError, first_line
from cnnkeras.serving.endpoints import SERVE_ENCODED, Answer, Endpoints
from cnnkeras.serving.picture_files import finding
from cnnkeras.serving.predictions import Known
from cnnkeras.serving.requests import IMAGE_BYTES
from cnnkeras.serving.versions import versions
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.run_directory import RunDirectory


@dataclass(frozen=True)
class Answering:
    """Takes a batch of files' bytes, as a client would send them; knows what the answers are named.

    `run` is where what it answers is written: the run's directory or, of an export by itself, the folder around it.
    """

    run: Path
    known: Known
    ask: Callable[[tf.Tensor], Answer]
    outputs: frozenset[str]

    @property
    def channels(self) -> int:
        """Give how many channels the network takes."""
        return self.known.section.shape[2]

    @classmethod
    def of_export(cls, run: Path) -> Answering:
        """Load the newest export of a run, or `run` itself where it is one. Raises UserError where there is none."""
        exported = find_export(run)
        signatures = _loaded(exported).signatures
        if SERVE_ENCODED not in signatures:
            message = "the network's pictures have no file format: it takes only numbers"
            raise UserError(finding(exported, message, code="run"))
        serve = signatures[SERVE_ENCODED]
        outputs = frozenset(serve.structured_outputs)
        return cls(_home(run), Known.of(exported), lambda encoded: serve(**{IMAGE_BYTES: encoded}), outputs)

    @classmethod
    def of_network(cls, run: Path, architecture: Architecture, model: keras.Model) -> Answering:
        """Answer as the run's export would, had it been written with this architecture's thresholds.

        Raises UserError where there is no export.
        """
        known = Known.of(find_export(run))
        settled = architecture.with_num_classes(len(known.class_names))
        task = settled.task
        assert isinstance(task, TrainableTask)  # the registry holds no others
        endpoints = Endpoints(model, settled, task, known.class_names)
        call, spec = endpoints.functions()[SERVE_ENCODED]
        # As the export has it: without AutoGraph, which would rewrite all of cnnkeras.
        ask = tf.function(call, autograph=False).get_concrete_function(spec)
        return cls(run, known, ask, frozenset(ask.structured_outputs))


def _home(place: Path) -> Path:
    """Give where to write: in an export itself each file would be a change to what was proved."""
    if not (place / "saved_model.pb").is_file():
        return place
    run = place.resolve().parent.parent
    return run if (run / "architecture.json").is_file() else place.resolve().parent


def _loaded(exported: Path) -> Any:
    try:
        return tf.saved_model.load(str(exported))
    except (OSError, ValueError, tf.errors.OpError) as failure:
        message = f"{exported} can't be read: {first_line(failure)}"
        raise RunError(message, "export the run again: python run.py export RUN") from failure


def find_export(run: Path) -> Path:
    """Give the newest export of a run, or `run` itself where it is an export. Raises UserError where there is none."""
    for place in (run, *reversed(versions(run / "export"))):
        if (place / "saved_model.pb").is_file():
            return place
    hint, directory = "give the directory of a finished run: it has export/1/ in it", RunDirectory(run)
    if directory.unfinished.exists():
        hint = f"the run is not finished; go on with it: {directory.resume_command}"
    if directory.has_network:  # stopped, or its export was removed
        hint = f"write one of its best network: python run.py export {shlex.quote(str(run))}"
    raise UserError(finding(run, "there is no export here", hint, code="run"))
