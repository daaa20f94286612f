"""`export --to`: a finished run for other engines than TF Serving, each measured beside the network itself."""

from __future__ import annotations

import hashlib
import json
import logging
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cnnkeras.commands.networks import open_run
from cnnkeras.commands.quiet import held_back
from cnnkeras.commands.runs import newest
from cnnkeras.commands.settling import golden_pictures, measure
from cnnkeras.console import plain_console
from cnnkeras.datasets.source import Data, Part
from cnnkeras.errors import RunError, reason_of
from cnnkeras.inspection.report import print_table
from cnnkeras.serving.comparison import relative
from cnnkeras.serving.engines import ENGINES
from cnnkeras.serving.engines.card import write_card
from cnnkeras.serving.engines.engine import CannotTake, Engine
from cnnkeras.serving.engines.network import PortableNetwork
from cnnkeras.serving.engines.trial import EXACT_BOUND, AsModel, latency, of_main_output, prepared
from cnnkeras.serving.inference import OUTPUTS
from cnnkeras.spec.architecture import Architecture
from cnnkeras.tasks.task import TrainableTask
from cnnkeras.training.run_directory import RunDirectory

FOLDER, TABLE = "engines", "engines.csv"
# The column that tells of which network a file is.
NETWORK = "network"
CALIBRATION_PICTURES = 128
# Of the figures of the test part so many are printed: a line of a terminal holds no more. The table's file has all.
MOST_FIGURES = 3


def export_to(path: Path, names: Sequence[str], as_json: bool) -> int:
    """Write a run's network for each engine that is named, into the run's `engines/`; print how good each is.

    Raises RunError once all are done where one could not take the network, or answers otherwise than it.
    """
    directory = RunDirectory.open(newest(path))
    architecture, task, data, model = open_run(directory)
    folder = directory.path / FOLDER
    folder.mkdir(exist_ok=True)
    # Each engine is measured by a function of its own, which TensorFlow takes for one that is traced again and again.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    workshop = Workshop(folder, architecture, task, data, model)
    rows, failed = [], []
    for name in names:
        print(f"writing {name}", file=sys.stderr)
        try:
            rows.append(workshop.make(name, ENGINES[name]))
        except RunError as failure:
            failed.append(failure)
    table = kept(folder / TABLE, rows, _digest(model))
    if as_json:
        print(json.dumps(rows, indent=2))
    else:
        print_table(printed(table), plain_console(to_stderr=True))
        print(folder)
    if failed:
        raise RunError("\n".join(map(str, failed)))
    return 0


class Workshop:
    """Makes and measures one engine's file after the other, of one run."""

    def __init__(self, folder: Path, architecture: Architecture, task: TrainableTask, data: Data, model: Any) -> None:
        self._folder = folder
        self._architecture = of_main_output(architecture)
        self._task = task
        self._data = replace(data, parts={"test": data.parts["test"]})
        self._network = PortableNetwork(model, architecture, task)
        self._class_names = data.class_names
        self._golden = prepared(architecture, golden_pictures(data.parts["test"]))
        self._calibration = prepared(architecture, _spread(data.parts["train"]))

    def make(self, name: str, engine: Engine) -> dict[str, Any]:
        """Write a file and give its row. Raises RunError."""
        file = self._folder / f"{self._architecture.name}{engine.ending}"
        try:
            # Converters and engines tell of themselves from C++.
            with held_back(CannotTake, ImportError):
                engine.write(self._network, file, self._calibration)
                run = engine.open(file)
        except CannotTake as failure:
            reason, _, cure = str(failure).partition("\n")
            hint = cure or "the export for TF Serving runs it: python run.py export RUN"
            raise RunError(f"{name} can't take this network: {reason}", hint) from failure
        except ImportError as failure:
            message = f"{name} needs a package that is not installed: {failure.name or failure}"
            raise RunError(message, f"pip install 'cnnkeras[{engine.extra}]'") from failure
        except OSError as failure:
            raise RunError(f"{file} can't be written: {failure.strerror or failure}", "see to its folder") from failure
        off = self._difference(name, engine, run, file)
        model = AsModel(run, self._network.model, self._architecture)
        evaluation = measure(model, self._architecture, self._task, self._data)["test"]
        write_card(file, name, self._architecture, self._class_names, run(self._golden[0][np.newaxis]))
        return {
            "engine": name,
            "file": file.name,
            "kilobytes": round(file.stat().st_size / 1000, 1),
            "milliseconds": round(latency(run, self._golden[0]), 3),
            "difference": off,
            **evaluation.metrics,
        }

    def _difference(self, name: str, engine: Engine, run: Any, file: Path) -> float:
        """Give the largest difference on the golden pictures, as a part of the largest number."""
        images = np.stack(self._golden)
        off = relative(self._network.reference(images)[OUTPUTS], run(images)[OUTPUTS])
        if engine.is_exact and not off <= EXACT_BOUND:
            file.unlink()
            message = (
                f"{name} answers otherwise than the network: it is off by {off:.2g}, and {EXACT_BOUND:.2g} is allowed"
            )
            raise RunError(message, "the export for TF Serving answers as the network does: python run.py export RUN")
        return off


def _spread(part: Part) -> list[np.ndarray]:
    """Give pictures from the whole length of a part: many parts are in the order of their classes."""
    step = max(1, part.size // CALIBRATION_PICTURES)
    chosen = part.examples().shard(step, 0).as_numpy_iterator()
    return [example["image"] for example in islice(chosen, CALIBRATION_PICTURES)]


def kept(file: Path, rows: list[dict[str, Any]], network: str) -> pd.DataFrame:
    """Write the table, with what other engines had before of the same network."""
    table = pd.DataFrame([{**row, NETWORK: network} for row in rows])
    if file.is_file():
        before = pd.read_csv(file, dtype={NETWORK: str})
        before = before[~before["engine"].isin([row["engine"] for row in rows])]
        # Of what has no digest, as older tables, nothing is known.
        known = before[NETWORK] if NETWORK in before else pd.Series(pd.NA, before.index)
        others = known.notna() & (known != network)
        for name in before["file"][others]:
            print(f"{name} is of the network before the run was trained further: make it again", file=sys.stderr)
        table = pd.concat([before[~others], table], ignore_index=True)
    if len(table):
        try:
            table.to_csv(file, index=False)
        except OSError as failure:
            raise RunError(f"{file} can't be written: {reason_of(failure)}", "see to its folder") from failure
    return table


def _digest(model: Any) -> str:
    """Give what tells the weights of a network from those of another."""
    digest = hashlib.sha256()
    for weight in model.weights:
        digest.update(weight.numpy().tobytes())
    # Read back as a number, digits alone would be another.
    return f"w{digest.hexdigest()[:12]}"


def printed(table: pd.DataFrame) -> pd.DataFrame:
    """Give the columns that fit into a line: what an engine is like, and the first figures of the test part."""
    if not len(table):
        return table
    described = ["engine", "kilobytes", "milliseconds", "difference"]
    figures = [name for name in table.columns if name not in (*described, "file", NETWORK)][:MOST_FIGURES]
    return table[[*described, *figures]].assign(difference=table["difference"].map("{:.1e}".format))
