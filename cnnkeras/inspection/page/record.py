"""What a run's folder says of it, read without TensorFlow."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from cnnkeras.analysis.analysis import Analysis, analyse
from cnnkeras.inspection.columns import NO_MEASURES, VALIDATION
from cnnkeras.spec.architecture import Architecture
from cnnkeras.training.run_directory import RunDirectory

# Tables of the test part, `test_by_class.csv` and what else a task writes, and the one of other engines.
TABLES = ("test_*.csv", "engines.csv")
# Their columns that hold names, of classes and of pictures.
NAMES = ("class", "most_confused_with", "predicted", "picture")


@dataclass(frozen=True)
class Record:
    """One run as its files tell it. What a file lacks, because the run is older or not finished, is empty.

    Of a run that is not finished, but was once, what was measured then is of another network, and left out.
    """

    run: RunDirectory
    architecture: Architecture
    environment: Mapping[str, Any]
    outcome: Mapping[str, Any]
    metrics: Mapping[str, Mapping[str, float]]
    history: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    is_unfinished: bool = False

    @classmethod
    def read(cls, run: RunDirectory, architecture: Architecture, is_whole: bool = False) -> Record:
        """Read what there is; `is_whole` where only the mark is still to be taken away.

        Raises OSError and ValueError where a file that is there can't be read.
        """
        is_unfinished = not is_whole and run.unfinished.exists()
        outcome = _json(run.outcome)
        if is_unfinished:
            outcome = {"data": outcome.get("data", {})}
        classes = outcome.get("data", {}).get("classes", ())
        return cls(
            run,
            architecture.with_num_classes(len(classes)) if classes else architecture,
            _json(run.environment),
            outcome,
            {} if is_unfinished else _measures(run.metrics),
            _history(run.history),
            {} if is_unfinished else _tables(run.path),
            is_unfinished,
        )

    @property
    def name(self) -> str:
        """Give what the run is called among others: the experiment and the time."""
        return f"{self.architecture.name} {self.run.path.name}"

    @cached_property
    def analysis(self) -> Analysis:
        """Give shapes, parameters and receptive fields."""
        return analyse(self.architecture)

    @property
    def task(self) -> str:
        """Give the task's name."""
        return self.architecture.task.name if self.architecture.task else "?"

    @property
    def test(self) -> Mapping[str, float]:
        """Give the best network's figures on the test part."""
        return self.metrics.get("test", {})

    @property
    def main_metric(self) -> str:
        """Give the measure that the run is judged by: the monitor's where the test has it, else its first but loss."""
        wanted = str(self.monitor or "").removeprefix(VALIDATION)
        others = [name for name in self.test if name != "loss"]
        return wanted if wanted in self.test and wanted != "loss" else next(iter([*others, "loss"]))

    @property
    def monitor(self) -> str | None:
        """Give the column of history.csv by which the best epoch was chosen."""
        return self.outcome.get("monitor")

    @property
    def mode(self) -> Literal["min", "max"]:
        """Tell which end of the monitor's scale is the good one."""
        return "min" if self.outcome.get("mode") == "min" else "max"

    @property
    def best_epoch(self) -> int | None:
        """Give the epoch whose weights were kept."""
        return self.outcome.get("best_epoch")

    @property
    def seconds(self) -> float | None:
        """Give how long all epochs took, validation included."""
        return round(float(self.history["seconds"].sum()), 3) if "seconds" in self.history else None

    @property
    def images_per_second(self) -> float | None:
        """Give the throughput of training: the median of the epochs, the first left out where there are others."""
        if "images_per_second" not in self.history or not len(self.history):
            return None
        speeds = self.history["images_per_second"]
        return float((speeds.iloc[1:] if len(speeds) > 1 else speeds).median())

    @property
    def measures(self) -> list[str]:
        """Give the names of what was measured every epoch, the loss first."""
        columns = [str(name) for name in self.history]
        names = [name for name in columns if name not in NO_MEASURES and not name.startswith(VALIDATION)]
        validated = [name.removeprefix(VALIDATION) for name in columns if name.startswith(VALIDATION)]
        alone = [name for name in validated if name not in names]
        return sorted([*names, *alone], key=lambda name: name != "loss")

    @property
    def by_class(self) -> pd.DataFrame:
        """Give the test's row for each class; empty where the task has none."""
        return self.tables.get("test_by_class", pd.DataFrame())


def _json(path: Path) -> dict[str, Any]:
    """Read an object. Raises OSError and ValueError."""
    try:
        content = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    except RecursionError as error:
        raise ValueError(f"{path.name} is nested too deeply") from error
    if not isinstance(content, dict) or not isinstance(content.get("data", {}), dict):
        raise ValueError(f"{path.name} is not of the form in which a run writes it")
    return content


def _measures(path: Path) -> dict[str, dict[str, float]]:
    """Read the figures of each part. Raises OSError and ValueError."""
    content = _json(path)
    for figures in content.values():
        if not isinstance(figures, dict) or not all(
            isinstance(figure, int | float | None) for figure in figures.values()
        ):
            raise ValueError(f"{path.name} is not of the form in which a run writes it")
    return content


def _tables(folder: Path) -> dict[str, pd.DataFrame]:
    return {file.stem: _table(file) for pattern in TABLES for file in sorted(folder.glob(pattern))}


def _table(path: Path) -> pd.DataFrame:
    """Read a table; what a class is called stays a word, whatever it looks like."""
    columns = pd.read_csv(path, nrows=0).columns
    empty = {name: [""] for name in columns if name not in NAMES}
    return pd.read_csv(path, dtype=dict.fromkeys(NAMES, str), keep_default_na=False, na_values=empty)


def _history(path: Path) -> pd.DataFrame:
    """Give a row an epoch, indexed by its number from one."""
    history = pd.read_csv(path) if path.is_file() and path.stat().st_size else pd.DataFrame()
    return history.set_index("epoch") if "epoch" in history else history
